#include "fuzz/messages.hpp"
#include "http/connect.hpp"
#include "http/gzip.hpp"

using namespace usermeta;

// A Connect call: a byte for its message, one for codec and version, and the values of content-encoding and
// accept-encoding, each to its line's end, before the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::uint8_t type = fuzz::take_byte(input);
  const std::uint8_t choice = fuzz::take_byte(input);
  const Codec codec = (choice & 1U) != 0 ? Codec::proto : Codec::json;
  HttpRequest request;
  for (const char* name : {"content-encoding", "accept-encoding"}) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    if (!line.empty()) request.fields.add(name, line);
  }
  if ((choice & 2U) != 0) request.fields.add("connect-protocol-version", (choice & 4U) != 0 ? "1" : "2");
  request.body = (choice & 8U) != 0 ? gzip(input) : std::string(input);
  const auto message = fuzz::new_message(type);
  if (const auto failure = read_connect(request, codec, *message)) {
    fuzz::check(connect_failure(*failure).status >= 400, "a failure has its status");
    return 0;
  }
  if (codec == Codec::proto) return 0;  // which holds times that have no text, and is the grpc target's
  const HttpResponse answer = connect_answer(request, codec, *message);
  HttpRequest echo;
  echo.body = answer.body;
  if (const auto packed = answer.fields.find("content-encoding"))
    echo.fields.add("content-encoding", *packed);
  const auto again = fuzz::new_message(type);
  fuzz::check(!read_connect(echo, codec, *again), "an answer is read by whoever reads requests");
  fuzz::check(fuzz::same(*message, *again), "and is the same message");
  return 0;
}
