#include "http/call_service.hpp"

#include <algorithm>
#include <charconv>

#include <google/protobuf/descriptor.h>

#include "grpc/health/v1/health.pb.h"
#include "http/cors.hpp"
#include "http/grpc.hpp"
#include "http/openapi.hpp"
#include "http/target.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using google::protobuf::Message;
using Clock = std::chrono::steady_clock;

// A client that waits for longer waits for as long as it takes.
constexpr auto kLongestWait = std::chrono::hours(1);

constexpr std::size_t kLongestRequestId = 128;
constexpr std::string_view kHealthPath = "/debug/healthz";
constexpr std::string_view kReadyPath = "/debug/ready";
constexpr std::string_view kHealthService = "grpc.health.v1.Health";
constexpr std::string_view kHealthProcedure = "/grpc.health.v1.Health/Check";

HttpResponse json_response(unsigned status, std::string body) {
  HttpResponse response{status, {}, std::move(body), {}};
  response.fields.add("content-type", "application/json");
  return response;
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

// The answer to a body that says that it is too long. The transport, which would not take it either, knows of
// no format.
std::optional<HttpResponse> too_long(const WireFormat& format, const HttpRequest& request) {
  const std::string_view text = request.fields.find("content-length").value_or(std::string_view());
  std::size_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (read.ec != std::errc::result_out_of_range && length <= kLongestMessage) return std::nullopt;
  HttpResponse response = write_failure(format, {kResourceExhausted, {}, "the body is larger than 4 MiB"});
  if (!format.is_grpc()) response.status = 413;
  return response;
}

// Sets or, for a repeated field, adds to the text field of that name; other names are passed over.
void set_text(Message& message, std::string_view name, std::string text) {
  const auto* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  if (!field || field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) return;
  const auto* reflection = message.GetReflection();
  if (field->is_repeated())
    reflection->AddString(&message, field, std::move(text));
  else
    reflection->SetString(&message, field, std::move(text));
}

// Reads a call's message; gives back what is wrong with it, or nothing.
std::optional<Failure> read_message(const WireFormat& format, const Route& route, const HttpRequest& request,
                                    Message& message) {
  // Whatever their REST path has, procedures and gRPC take all from the body.
  const Source source = format.protocol == Protocol::rest ? route.endpoint->source : Source::body;
  if (source == Source::body) {
    if (auto wrong = read_body(format, request, message)) return wrong;
  } else if (source == Source::query) {
    auto pairs = parse_query(split_target(request.target).query);
    if (!pairs) return Failure{kInvalidArgument, {}, "the query has a bad escape or is not UTF-8"};
    for (auto& [name, value] : *pairs) set_text(message, name, std::move(value));
  }
  for (const auto& [name, segment] : route.placeholders) {
    auto text = percent_decode(segment);
    if (!text) return Failure{kInvalidArgument, {}, "the path has a bad escape or is not UTF-8"};
    set_text(message, name, std::move(*text));
  }
  return std::nullopt;
}

// When the client gives up; the end of time when it does not say or cannot be understood.
Clock::time_point client_deadline(const WireFormat& format, const HttpRequest& request,
                                  Clock::time_point begin) {
  const auto timeout = client_timeout(format, request.fields);
  const auto* time = std::get_if<std::optional<std::chrono::microseconds>>(&timeout);
  if (!time || !*time || **time > kLongestWait) return Clock::time_point::max();
  return begin + **time;
}

// A failure that may be over in a second.
HttpResponse try_again(const WireFormat& format, const Failure& failure) {
  HttpResponse response = write_failure(format, failure);
  if (!format.is_grpc()) response.fields.add("retry-after", "1");
  return response;
}

Failure unavailable() {
  return {
      kUnavailable, {}, "the service cannot do this now, and a change may have been made or not: try again"};
}

Failure too_late() {
  return {kDeadlineExceeded, {}, "the call was not done in time, and a change may have been made or not"};
}

std::string text_of_field(const HttpRequest& request, std::string_view name) {
  return std::string(request.fields.find(name).value_or(std::string_view()));
}

// What a header may put into events and logs: printable ASCII of a bounded length, or nothing.
std::string tame(std::string text) {
  const bool good = text.size() <= kLongestRequestId &&
                    std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  return good ? text : std::string();
}

}  // namespace

struct CallService::Request {
  std::string_view path;
  bool procedure = false;
  Route route;
  const WireFormat* format = nullptr;  // null: none that a procedure takes
};

CallService::Request CallService::read_header(const HttpRequest& request) {
  Request asked;
  asked.path = split_target(request.target).path;
  asked.procedure = is_procedure_path(asked.path);
  if (asked.procedure) {
    asked.route.endpoint = find_procedure(asked.path);
    asked.format = procedure_format(request.fields.find("content-type"));
  } else {
    asked.route = find_route(request.method, asked.path);
    asked.format = &rest_format(request);
  }
  return asked;
}

// The answer when the path, the method or the format is none of ours, or nothing.
std::optional<HttpResponse> CallService::unrouted(const Request& asked, const HttpRequest& request) {
  const bool found = asked.route.endpoint || asked.path == kHealthProcedure;
  const WireFormat& format = asked.format ? *asked.format : kConnect;
  if (asked.procedure) {
    if (!found) return unknown_path(format, true);
    if (request.method != "POST") return wrong_method(kConnect, request, "POST");
    if (!asked.format) return unknown_content_type();
    return std::nullopt;
  }
  if (found) return std::nullopt;
  std::string allow = asked.route.allow;
  if (asked.path == kHealthPath || asked.path == kReadyPath || asked.path == kOpenapiPath) {
    if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
    allow = "GET, HEAD";
  }
  if (allow.empty()) return unknown_path(format, false);
  return wrong_method(format, request, allow);
}

std::optional<HttpResponse> CallService::answer_header(const HttpRequest& request) {
  const auto begin = Clock::now();
  auto response = answer_preflight(request);
  if (!response) {
    const Request asked = read_header(request);
    response = unrouted(asked, request);
    if (!response && asked.format->protocol != Protocol::rest) response = too_long(*asked.format, request);
    if (!response) return std::nullopt;
    allow_origin(request, *response);
  }
  finish(request, origin_of(request), begin, *response);
  return response;
}

asio::awaitable<HttpResponse> CallService::answer(HttpRequest request) {
  const auto begin = Clock::now();
  const Origin origin = origin_of(request);
  const Request asked = read_header(request);
  HttpResponse response;
  if (auto unserved = unrouted(asked, request)) {
    response = std::move(*unserved);
  } else {
    const WireFormat& format = *asked.format;
    try {
      response = co_await serve(asked, request, origin, begin);
    } catch (const Overloaded& overload) {
      response = try_again(format, {kResourceExhausted, {}, overload.what()});
    } catch (const Outage& outage) {
      // What PostgreSQL says is for the operator.
      if (options_.on_error) options_.on_error(origin.request_id + ": " + outage.what());
      response = Clock::now() >= client_deadline(format, request, begin) ? write_failure(format, too_late())
                                                                         : try_again(format, unavailable());
    } catch (const std::exception& error) {
      if (options_.on_error) options_.on_error(origin.request_id + ": " + error.what());
      response = write_failure(
          format, {kInternal, {}, "the service made a mistake, which is logged under this x-request-id"});
    }
  }
  allow_origin(request, response);
  finish(request, origin, begin, response);
  co_return response;
}

void CallService::finish(const HttpRequest& request, const Origin& origin, Clock::time_point begin,
                         HttpResponse& response) const {
  response.fields.add("x-request-id", origin.request_id);
  if (!options_.on_request) return;
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  const std::string path(split_target(request.target).path);
  options_.on_request({request.method, path, response.status, time, origin.request_id, origin.address});
}

asio::awaitable<HttpResponse> CallService::serve(const Request& asked, const HttpRequest& request,
                                                 const Origin& origin, Clock::time_point begin) {
  const WireFormat& format = *asked.format;
  if (asked.path == kHealthProcedure) co_return co_await serve_health(format, request);
  if (!asked.route.endpoint) co_return co_await serve_debug(asked.path);
  const auto timeout = client_timeout(format, request.fields);
  if (const auto* wrong = std::get_if<Failure>(&timeout)) co_return write_failure(format, *wrong);
  MessagePtr message = asked.route.endpoint->new_request();
  if (const auto wrong = read_message(format, asked.route, request, *message))
    co_return write_failure(format, *wrong);

  const auto given_up = client_deadline(format, request, begin);
  CallInfo info;
  if (const auto authorization = request.fields.find("authorization")) info.authorization = *authorization;
  info.org = text_of_field(request, "x-zitadel-orgid");
  info.origin = origin;
  info.deadline = std::min(begin + options_.call_time, given_up);
  if (Clock::now() >= given_up) co_return write_failure(format, too_late());
  const auto result = co_await asked.route.endpoint->run(api_, info, std::move(message));
  if (Clock::now() >= given_up) co_return write_failure(format, too_late());
  if (const auto* refusal = std::get_if<Refusal>(&result))
    co_return write_failure(format, failure_of(*refusal));
  co_return write_answer(format, request, *std::get<MessagePtr>(result));
}

asio::awaitable<HttpResponse> CallService::serve_health(const WireFormat& format,
                                                        const HttpRequest& request) {
  grpc::health::v1::HealthCheckRequest asked;
  if (const auto wrong = read_body(format, request, asked)) co_return write_failure(format, *wrong);
  const std::string& name = asked.service();
  if (!name.empty() && name != kHealthService && !is_service(name))
    co_return write_failure(format, {kNotFound, {}, "there is no such service"});
  const std::string trouble = co_await options_.readiness();
  grpc::health::v1::HealthCheckResponse answer;
  answer.set_status(trouble.empty() ? grpc::health::v1::HealthCheckResponse::SERVING
                                    : grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  co_return write_answer(format, request, answer);
}

asio::awaitable<HttpResponse> CallService::serve_debug(std::string_view path) {
  if (path == kHealthPath) {
    HttpResponse response{200, {}, "ok", {}};
    response.fields.add("content-type", "text/plain; charset=utf-8");
    co_return response;
  }
  if (path == kOpenapiPath) co_return json_response(200, openapi_document());
  const std::string trouble = co_await options_.readiness();
  if (trouble.empty()) co_return json_response(200, "\"ok\"");
  co_return write_failure(kRest, {kUnavailable, {}, trouble});
}

HttpResponse CallService::refuse(unsigned http_status, int code, std::string_view message) {
  return json_response(http_status, failure_as_json({code, {}, std::string(message)}));
}

Origin CallService::origin_of(const HttpRequest& request) const {
  Origin origin{tame(text_of_field(request, "x-request-id")), tame(text_of_field(request, "traceparent")),
                client_address(request, options_.trusted_proxies)};
  if (origin.request_id.empty()) origin.request_id = options_.new_request_id();
  return origin;
}

}  // namespace usermeta
