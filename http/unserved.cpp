#include "http/unserved.hpp"

#include "http/grpc_frame.hpp"

namespace usermeta {
namespace {

HttpResponse unknown_procedure(const WireFormat& format) {
  HttpResponse response = write_failure(format, {kUnimplemented, {}, "there is no such procedure"});
  if (!format.is_grpc()) response.status = 404;
  return response;
}

// HTTP's own answer, in no format of a call: each protocol's clients go by the status then. A body that looks
// like Connect's would tell its client another code than the protocol has for the status; and a client of
// gRPC, with a method or a type that gRPC has not, has no use for it.
HttpResponse plain(unsigned status, const std::string& text) {
  HttpResponse response{status, {}, text, {}};
  response.fields.add("content-type", "text/plain; charset=utf-8");
  return response;
}

HttpResponse unknown_content_type() {
  HttpResponse response = plain(415, "a procedure takes one of " + procedure_content_types());
  response.fields.add("accept-post", procedure_content_types());
  return response;
}

HttpResponse no_post(const HttpRequest& request) {
  HttpResponse response = plain(405, "a procedure takes POST, not " + request.method);
  response.fields.add("allow", "POST");
  return response;
}

}  // namespace

std::optional<HttpResponse> unserved_procedure(const WireFormat* format, bool known,
                                               const HttpRequest& request) {
  if (!known) return unknown_procedure(format ? *format : kConnect);
  if (request.method != "POST") return no_post(request);
  if (!format) return unknown_content_type();
  return std::nullopt;
}

HttpResponse wrong_method(const WireFormat& format, const HttpRequest& request, const std::string& allow) {
  HttpResponse response = write_failure(
      format,
      {kUnimplemented, {}, "the method " + request.method + " is not for this path; it takes " + allow});
  if (format.is_grpc()) return response;
  response.status = 405;
  response.fields.add("allow", allow);
  return response;
}

HttpResponse unknown_path(const WireFormat& format) {
  if (format.is_grpc()) return unknown_procedure(format);
  return write_failure(format, {kNotFound, {}, "there is no such path"});
}

std::optional<HttpResponse> too_long(const WireFormat& format, std::size_t body_bytes) {
  std::size_t most = kLongestMessage;
  if (format.is_grpc()) most += kFrameHead;
  if (format.protocol == Protocol::grpc_web_text) most = (most + 2) / 3 * 4;
  if (body_bytes <= most) return std::nullopt;
  HttpResponse response = write_failure(format, {kResourceExhausted, {}, "the body is larger than 4 MiB"});
  if (!format.is_grpc()) response.status = 413;
  return response;
}

}  // namespace usermeta
