#include "http/wire_format.hpp"

#include <algorithm>
#include <array>

#include "http/connect.hpp"
#include "http/grpc.hpp"
#include "http/grpc_web.hpp"

namespace usermeta {
namespace {

using google::protobuf::Message;

constexpr std::array kFormats{
    kConnect,
    WireFormat{"application/proto", Protocol::connect, Codec::proto},
    WireFormat{"application/grpc", Protocol::grpc, Codec::proto},
    WireFormat{"application/grpc+proto", Protocol::grpc, Codec::proto},
    WireFormat{"application/grpc+json", Protocol::grpc, Codec::json},
    WireFormat{"application/grpc-web", Protocol::grpc_web, Codec::proto},
    WireFormat{"application/grpc-web+proto", Protocol::grpc_web, Codec::proto},
    WireFormat{"application/grpc-web+json", Protocol::grpc_web, Codec::json},
    WireFormat{"application/grpc-web-text", Protocol::grpc_web_text, Codec::proto},
    WireFormat{"application/grpc-web-text+proto", Protocol::grpc_web_text, Codec::proto},
};

// A media type without its parameters (RFC 9110 section 8.3.1).
std::string_view media_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return type;
}

HttpResponse json_failure(const Failure& failure) {
  HttpResponse response{http_status_of(failure.code), {}, failure_as_json(failure), {}};
  response.fields.add("content-type", "application/json");
  return response;
}

// Puts a gRPC answer's status and trailers where the protocol has them.
void end_grpc(Protocol protocol, HttpResponse& response, Fields status, const Fields& trailers) {
  for (const auto& [name, value] : trailers) status.add(name, value);
  if (protocol == Protocol::grpc)
    response.trailers = std::move(status);
  else
    end_grpc_web(response, status, protocol == Protocol::grpc_web_text);
}

// Connect's unary answers have their trailers among the header's fields.
void end_connect(HttpResponse& response, const Fields& trailers) {
  for (const auto& [name, value] : trailers) response.fields.add("trailer-" + std::string(name), value);
}

}  // namespace

const WireFormat* procedure_format(std::optional<std::string_view> content_type) {
  const std::string_view type = media_type(content_type.value_or(std::string_view()));
  const auto found = std::ranges::find_if(
      kFormats, [type](const WireFormat& format) { return equals_ignoring_case(format.content_type, type); });
  return found == kFormats.end() ? nullptr : &*found;
}

std::string procedure_content_types() {
  std::string list;
  for (const WireFormat& format : kFormats) {
    if (!list.empty()) list += ", ";
    list += format.content_type;
  }
  return list;
}

const WireFormat& rest_format(const HttpRequest& request) {
  if (request.method != "POST") return kRest;
  const WireFormat* format = procedure_format(request.fields.find("content-type"));
  return format && format->is_grpc() ? *format : kRest;
}

std::optional<Failure> read_body(const WireFormat& format, const HttpRequest& request, Message& into,
                                 std::size_t limit) {
  switch (format.protocol) {
    case Protocol::rest:
      return decode(format.codec, request.body, into);
    case Protocol::connect:
      return read_connect(request, format.codec, into, limit);
    case Protocol::grpc:
    case Protocol::grpc_web:
      return read_grpc(request.body, request.fields.find("grpc-encoding"), format.codec, into, limit);
    case Protocol::grpc_web_text:
      break;
  }
  const auto bytes = from_grpc_web_text(request.body);
  if (!bytes) return Failure{kInvalidArgument, {}, "the body is no base64"};
  return read_grpc(*bytes, request.fields.find("grpc-encoding"), format.codec, into, limit);
}

HttpResponse write_answer(const WireFormat& format, const HttpRequest& request, const Message& message,
                          const Fields& trailers) {
  if (format.protocol == Protocol::connect) {
    HttpResponse response = connect_answer(request, format.codec, message);
    end_connect(response, trailers);
    return response;
  }
  if (format.is_grpc()) {
    HttpResponse response = grpc_answer(request, format.content_type, format.codec, message);
    end_grpc(format.protocol, response, grpc_status(), trailers);
    response.grpc_code = 0;
    return response;
  }
  HttpResponse response{200, {}, encode(format.codec, message), {}};
  response.fields.add("content-type", format.content_type);
  return response;
}

HttpResponse write_failure(const WireFormat& format, const Failure& failure, const Fields& trailers) {
  if (format.is_grpc()) {
    HttpResponse response = grpc_answer(format.content_type);
    end_grpc(format.protocol, response, grpc_status(failure), trailers);
    response.grpc_code = failure.code;
    return response;
  }
  HttpResponse response =
      format.protocol == Protocol::connect ? connect_failure(failure) : json_failure(failure);
  if (format.protocol == Protocol::connect) end_connect(response, trailers);
  if (response.status == 401) response.fields.add("www-authenticate", "Bearer");
  return response;
}

std::variant<std::optional<std::chrono::microseconds>, Failure> client_timeout(const WireFormat& format,
                                                                               const Fields& fields) {
  if (format.protocol == Protocol::rest) return std::nullopt;
  const auto text = fields.find(format.is_grpc() ? "grpc-timeout" : "connect-timeout-ms");
  if (!text) return std::nullopt;
  const auto time = format.is_grpc() ? parse_grpc_timeout(*text) : parse_connect_timeout(*text);
  if (!time) return Failure{kInvalidArgument, {}, "the timeout is malformed"};
  return time;
}

}  // namespace usermeta
