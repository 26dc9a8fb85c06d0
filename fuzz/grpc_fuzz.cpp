#include <algorithm>

#include "events/base64.hpp"
#include "fuzz/messages.hpp"
#include "http/grpc.hpp"
#include "http/grpc_frame.hpp"
#include "http/grpc_web.hpp"
#include "http/gzip.hpp"

using namespace usermeta;

namespace {

void check_writers(std::string_view bytes) {
  fuzz::check(from_base64(to_base64(bytes)) == bytes, "base64 is read as it was written");
  std::string framed;
  append_frame(framed, {kCompressed, bytes});
  const auto frame = only_frame(framed);
  fuzz::check(std::get<Frame>(frame).payload == bytes, "a frame is read as it was written");
  const std::string two = framed + framed;
  const auto first = std::get<0>(first_frame(two, bytes.size()));
  fuzz::check(first && first->size == framed.size() && first->frame.payload == bytes,
              "frames come one by one");
  const std::string text = to_base64(framed) + to_base64(bytes);
  fuzz::check(from_grpc_web_text(text) == framed + std::string(bytes), "text comes in several pieces");
  const auto unpacked = gunzip(gzip(bytes), bytes.size());
  fuzz::check(std::get<std::string>(unpacked) == bytes, "gzip is unpacked as it was packed");
}

}  // namespace

// A body of gRPC and gRPC-Web; the first byte says of which message, the second how it is said to be packed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 1000;
  std::string_view body = fuzz::text(data, size);
  const std::uint8_t type = fuzz::take_byte(body);
  const bool packed = fuzz::take_byte(body) % 2 != 0;
  const auto message = fuzz::new_message(type);
  check_writers(body);
  if (const auto frame = only_frame(body); const auto* one = std::get_if<Frame>(&frame)) {
    std::string written;
    append_frame(written, *one);
    fuzz::check(written == body, "a frame is written as it was read");
  }
  const auto first = first_frame(body, limit);
  if (const auto* whole = std::get_if<0>(&first); whole != nullptr && *whole)
    fuzz::check((*whole)->size <= body.size() && (*whole)->frame.payload.size() <= limit, "a frame's size");
  const auto unpacked = gunzip(body, limit);
  if (const auto* bytes = std::get_if<std::string>(&unpacked))
    fuzz::check(bytes->size() <= limit, "the limit");
  const auto bytes = from_grpc_web_text(body);
  fuzz::check(!bytes || bytes->size() <= body.size(), "base64 does not grow");
  const auto encoding = packed ? std::optional<std::string_view>("gzip") : std::nullopt;
  if (read_grpc(bytes.value_or(std::string(body)), encoding, Codec::proto, *message)) return 0;
  HttpRequest request;
  if (packed) request.fields.add("grpc-accept-encoding", "identity,gzip");
  const HttpResponse answer = grpc_answer(request, "application/grpc", Codec::proto, *message);
  const auto again = fuzz::new_message(type);
  fuzz::check(!read_grpc(answer.body, answer.fields.find("grpc-encoding"), Codec::proto, *again), "a reader");
  fuzz::check(fuzz::same(*message, *again), "reads what was written");
  takes_gzip(body);
  return 0;
}
