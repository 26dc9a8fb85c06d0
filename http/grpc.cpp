#include "http/grpc.hpp"

#include <algorithm>
#include <charconv>

#include "events/base64.hpp"
#include "google/rpc/status.pb.h"
#include "http/grpc_frame.hpp"
#include "http/gzip.hpp"
#include "zitadel/object.pb.h"

namespace usermeta {
namespace {

using google::protobuf::Message;

constexpr std::string_view kNotPacked = "identity";

// doc/PROTOCOL-HTTP2.md "Percent-Encoded": what is not printable ASCII, and the percent sign.
std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 0x0F];
    }
  }
  return out;
}

std::optional<Failure> unknown_packing(std::optional<std::string_view> encoding) {
  const std::string_view packing = encoding.value_or(kNotPacked);
  if (packing == kNotPacked || packing == "gzip") return std::nullopt;
  return Failure{kUnimplemented, {}, "messages may be packed with gzip only"};
}

}  // namespace

std::optional<Failure> read_grpc(std::string_view body, std::optional<std::string_view> encoding, Codec codec,
                                 Message& into, std::size_t limit) {
  if (auto unknown = unknown_packing(encoding)) return unknown;
  const auto read = only_frame(body);
  if (const auto* failure = std::get_if<Failure>(&read)) return *failure;
  return read_grpc_frame(std::get<Frame>(read), encoding, codec, into, limit);
}

std::optional<Failure> read_grpc_frame(Frame frame, std::optional<std::string_view> encoding, Codec codec,
                                       Message& into, std::size_t limit) {
  if (auto unknown = unknown_packing(encoding)) return unknown;
  if (frame.payload.size() > limit) return message_too_large(limit);
  if ((frame.flags & kCompressed) == 0) return decode(codec, frame.payload, into);
  if (encoding.value_or(kNotPacked) == kNotPacked)
    return Failure{kInternal, {}, "the message is packed, and no grpc-encoding says with what"};
  const auto unpacked = gunzip(frame.payload, limit);
  if (const auto* message = std::get_if<std::string>(&unpacked)) return decode(codec, *message, into);
  if (std::get<GunzipFailure>(unpacked) == GunzipFailure::too_large) return message_too_large(limit);
  return Failure{kInternal, {}, "the message is no gzip"};
}

HttpResponse grpc_answer(std::string_view content_type) {
  HttpResponse response;
  response.fields.add("content-type", content_type);
  response.fields.add("grpc-accept-encoding", "gzip");
  return response;
}

HttpResponse grpc_answer(const HttpRequest& request, std::string_view content_type, Codec codec,
                         const Message& message) {
  HttpResponse response = grpc_answer(content_type);
  const std::string bytes = encode(codec, message);
  if (bytes.size() > kShortestPacked && takes_gzip(request.fields.find("grpc-accept-encoding"))) {
    response.fields.add("grpc-encoding", "gzip");
    append_frame(response.body, {kCompressed, gzip(bytes)});
  } else {
    append_frame(response.body, {0, bytes});
  }
  return response;
}

Fields grpc_status() {
  Fields fields;
  fields.add("grpc-status", "0");
  return fields;
}

Fields grpc_status(const Failure& failure) {
  const std::string message = message_with_id(failure);
  Fields fields;
  fields.add("grpc-status", std::to_string(failure.code));
  fields.add("grpc-message", percent_encode(message));
  const auto details = details_of(failure);
  if (details.empty()) return fields;
  google::rpc::Status status;
  status.set_code(failure.code);
  status.set_message(message);
  for (const FailureDetail& detail : details) {
    auto& any = *status.add_details();
    any.set_type_url("type.googleapis.com/" + detail.type);
    any.set_value(detail.message);
  }
  fields.add("grpc-status-details-bin", to_unpadded_base64(status.SerializeAsString()));
  return fields;
}

std::optional<std::chrono::microseconds> parse_grpc_timeout(std::string_view text) {
  constexpr std::size_t most_digits = 8;
  if (text.size() < 2 || text.size() > most_digits + 1) return std::nullopt;
  const char unit = text.back();
  text.remove_suffix(1);
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  switch (unit) {
    case 'H':
      return std::chrono::hours(number);
    case 'M':
      return std::chrono::minutes(number);
    case 'S':
      return std::chrono::seconds(number);
    case 'm':
      return std::chrono::milliseconds(number);
    case 'u':
      return std::chrono::microseconds(number);
    case 'n':
      return std::chrono::microseconds(number / 1000);
    default:
      return std::nullopt;
  }
}

std::string message_with_id(const Failure& failure) {
  return failure.id.empty() ? failure.message : failure.message + " (" + failure.id + ")";
}

std::vector<FailureDetail> details_of(const Failure& failure) {
  std::vector<FailureDetail> details;
  if (!failure.id.empty()) {
    zitadel::v1::ErrorDetail detail;
    detail.set_id(failure.id);
    detail.set_message(failure.message);
    details.push_back({detail.GetTypeName(), detail.SerializeAsString()});
  }
  details.insert(details.end(), failure.details.begin(), failure.details.end());
  return details;
}

std::string to_unpadded_base64(std::string_view bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

}  // namespace usermeta
