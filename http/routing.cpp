#include "http/routing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "http/grpc.hpp"
#include "http/openapi.hpp"
#include "http/target.hpp"

namespace usermeta {
namespace {

struct OwnPath {
  std::string_view path;
  Place place;
};

// What is neither in endpoints() nor in their .proto files.
constexpr std::array kOwnPaths{
    OwnPath{"/debug/healthz", Place::healthz},
    OwnPath{"/debug/ready", Place::ready},
    OwnPath{kOpenapiPath, Place::openapi},
    OwnPath{"/grpc.health.v1.Health/Check", Place::health_check},
    OwnPath{"/grpc.health.v1.Health/Watch", Place::health_watch},
    OwnPath{"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Place::reflection},
    OwnPath{"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Place::reflection},
};

HttpResponse wrong_method(const WireFormat& format, const HttpRequest& request, const std::string& allow) {
  HttpResponse response = write_failure(
      format,
      {kUnimplemented, {}, "the method " + request.method + " is not for this path; it takes " + allow});
  if (format.is_grpc()) return response;
  response.status = 405;
  response.fields.add("allow", allow);
  return response;
}

HttpResponse unknown_path(const WireFormat& format, bool procedure) {
  if (!procedure && !format.is_grpc()) return write_failure(format, {kNotFound, {}, "there is no such path"});
  HttpResponse response = write_failure(format, {kUnimplemented, {}, "there is no such procedure"});
  if (!format.is_grpc()) response.status = 404;
  return response;
}

HttpResponse unknown_content_type() {
  HttpResponse response = write_failure(
      kConnect, {kInvalidArgument, {}, "a procedure takes one of " + procedure_content_types()});
  response.status = 415;
  response.fields.add("accept-post", procedure_content_types());
  return response;
}

std::optional<HttpResponse> unrouted(const Asked& asked, const HttpRequest& request) {
  const WireFormat& format = asked.format ? *asked.format : kConnect;
  if (asked.procedure) {
    if (asked.place == Place::nowhere) return unknown_path(format, true);
    if (request.method != "POST") return wrong_method(kConnect, request, "POST");
    if (!asked.format) return unknown_content_type();
    return std::nullopt;
  }
  if (asked.place == Place::call) return std::nullopt;
  if (asked.place == Place::nowhere)
    return asked.route.allow.empty() ? unknown_path(format, false)
                                     : wrong_method(format, request, asked.route.allow);
  if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
  return wrong_method(format, request, "GET, HEAD");
}

// The transport, which would not take such a body either, knows of no format.
std::optional<HttpResponse> too_long(const WireFormat& format, const HttpRequest& request) {
  const std::string_view text = request.fields.find("content-length").value_or(std::string_view());
  std::size_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (read.ec != std::errc::result_out_of_range && length <= kLongestMessage) return std::nullopt;
  HttpResponse response = write_failure(format, {kResourceExhausted, {}, "the body is larger than 4 MiB"});
  if (!format.is_grpc()) response.status = 413;
  return response;
}

}  // namespace

Asked read_header(const HttpRequest& request) {
  Asked asked;
  asked.path = split_target(request.target).path;
  asked.procedure = is_procedure_path(asked.path);
  if (asked.procedure) {
    asked.route.endpoint = find_procedure(asked.path);
    asked.format = procedure_format(request.fields.find("content-type"));
  } else {
    asked.route = find_route(request.method, asked.path);
    asked.format = &rest_format(request);
  }
  const auto own = std::ranges::find(kOwnPaths, asked.path, &OwnPath::path);
  if (asked.route.endpoint)
    asked.place = Place::call;
  else if (own != kOwnPaths.end())
    asked.place = own->place;
  return asked;
}

std::optional<HttpResponse> answer_header_of(const Asked& asked, const HttpRequest& request) {
  auto response = unrouted(asked, request);
  if (!response && asked.format->protocol != Protocol::rest) response = too_long(*asked.format, request);
  return response;
}

bool is_streamed(const Asked& asked) {
  return asked.place == Place::health_watch || asked.place == Place::reflection;
}

HttpResponse not_streamed(const WireFormat& format) {
  return write_failure(format, {kUnimplemented, {}, "this procedure wants gRPC over HTTP/2"});
}

}  // namespace usermeta
