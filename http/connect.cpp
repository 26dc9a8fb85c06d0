#include "http/connect.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "events/json_string.hpp"
#include "http/grpc.hpp"
#include "http/gzip.hpp"

namespace usermeta {
namespace {

// By google.rpc.Code ("Error codes" in the protocol's page).
struct ConnectCode {
  std::string_view name;
  unsigned status;
};
constexpr std::array<ConnectCode, 17> kCodes{{
    {"unknown", 500},  // no code of a failure
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
}};

const ConnectCode& code_of(const Failure& failure) {
  const auto index = static_cast<std::size_t>(failure.code);
  return kCodes[index < kCodes.size() ? index : 0];
}

}  // namespace

std::optional<Failure> read_connect(const HttpRequest& request, Codec codec, google::protobuf::Message& into,
                                    std::size_t limit) {
  if (request.fields.find("connect-protocol-version").value_or("1") != "1")
    return Failure{kInvalidArgument, {}, "connect-protocol-version must be 1"};
  const std::string_view packing = request.fields.find("content-encoding").value_or("identity");
  if (packing.empty() || packing == "identity") {
    if (request.body.size() > limit) return message_too_large(limit);
    return decode(codec, request.body, into);
  }
  if (packing != "gzip") return Failure{kUnimplemented, {}, "a body may be packed with gzip only"};
  const auto unpacked = gunzip(request.body, limit);
  if (const auto* message = std::get_if<std::string>(&unpacked)) return decode(codec, *message, into);
  if (std::get<GunzipFailure>(unpacked) == GunzipFailure::too_large) return message_too_large(limit);
  return Failure{kInvalidArgument, {}, "the body is no gzip"};
}

HttpResponse connect_answer(const HttpRequest& request, Codec codec,
                            const google::protobuf::Message& message) {
  HttpResponse response;
  response.fields.add("content-type", codec == Codec::json ? "application/json" : "application/proto");
  response.fields.add("accept-encoding", "gzip");
  response.body = encode(codec, message);
  if (response.body.size() > kShortestPacked && takes_gzip(request.fields.find("accept-encoding"))) {
    response.fields.add("content-encoding", "gzip");
    response.fields.add("vary", "Accept-Encoding");
    response.body = gzip(response.body);
  }
  return response;
}

HttpResponse connect_failure(const Failure& failure) {
  const ConnectCode& code = code_of(failure);
  HttpResponse response;
  response.status = code.status;
  response.fields.add("content-type", "application/json");
  response.fields.add("accept-encoding", "gzip");
  response.body = "{\"code\":\"" + std::string(code.name) + "\",\"message\":";
  append_json_string(response.body, message_with_id(failure));
  const auto details = details_of(failure);
  std::string_view before = ",\"details\":[";
  for (const FailureDetail& detail : details) {
    response.body += before;
    response.body +=
        "{\"type\":\"" + detail.type + "\",\"value\":\"" + to_unpadded_base64(detail.message) + "\"}";
    before = ",";
  }
  if (!details.empty()) response.body += ']';
  response.body += '}';
  return response;
}

std::optional<std::chrono::microseconds> parse_connect_timeout(std::string_view text) {
  constexpr std::size_t most_digits = 10;
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::chrono::milliseconds(number);
}

}  // namespace usermeta
