#include "http/rest_service.hpp"

#include <algorithm>

#include <google/protobuf/descriptor.h>

#include "http/cors.hpp"
#include "http/json_codec.hpp"
#include "http/target.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using google::protobuf::Message;

constexpr std::size_t kLongestRequestId = 128;
constexpr std::string_view kHealthPath = "/debug/healthz";
constexpr std::string_view kReadyPath = "/debug/ready";

HttpResponse json_response(unsigned status, std::string body) {
  HttpResponse response{status, {}, std::move(body)};
  response.fields.add("content-type", "application/json");
  return response;
}

HttpResponse failed(const Failure& failure) {
  return json_response(http_status_of(failure.code), failure_as_json(failure));
}

HttpResponse malformed(std::string message) {
  return failed({kInvalidArgument, {}, std::move(message)});
}

// The answer when the path or the method is none of ours, or nothing.
std::optional<HttpResponse> unrouted(const Route& route, const HttpRequest& request, std::string_view path) {
  if (route.endpoint) return std::nullopt;
  std::string allow = route.allow;
  if (path == kHealthPath || path == kReadyPath) {
    if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
    allow = "GET, HEAD";
  }
  if (allow.empty()) return failed({kNotFound, {}, "there is no such path"});
  const std::string message = "the method " + request.method + " is not for this path; it takes " + allow;
  HttpResponse response = json_response(405, failure_as_json({kUnimplemented, {}, message}));
  response.fields.add("allow", allow);
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
std::optional<std::string> read_message(const Route& route, const HttpRequest& request,
                                        std::string_view query, Message& message) {
  if (route.endpoint->source == Source::body) {
    if (auto wrong = decode_json(request.body, message)) return "the body is not as expected: " + wrong->what;
  } else if (route.endpoint->source == Source::query) {
    auto pairs = parse_query(query);
    if (!pairs) return "the query has a bad escape or is not UTF-8";
    for (auto& [name, value] : *pairs) set_text(message, name, std::move(value));
  }
  for (const auto& [name, segment] : route.placeholders) {
    auto text = percent_decode(segment);
    if (!text) return "the path has a bad escape or is not UTF-8";
    set_text(message, name, std::move(*text));
  }
  return std::nullopt;
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

std::optional<HttpResponse> RestService::answer_header(const HttpRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  auto response = answer_preflight(request);
  if (!response) {
    const auto path = split_target(request.target).path;
    response = unrouted(find_route(request.method, path), request, path);
    if (!response) return std::nullopt;
    allow_origin(request, *response);
  }
  finish(request, origin_of(request), begin, *response);
  return response;
}

asio::awaitable<HttpResponse> RestService::answer(HttpRequest request) {
  const auto begin = std::chrono::steady_clock::now();
  const Origin origin = origin_of(request);
  HttpResponse response;
  try {
    response = co_await serve(request, origin);
  } catch (const Overloaded& overload) {
    response = failed({kResourceExhausted, {}, overload.what()});
    response.fields.add("retry-after", "1");
  } catch (const Outage& outage) {
    // What PostgreSQL says is for the operator.
    if (options_.on_error) options_.on_error(origin.request_id + ": " + outage.what());
    response = failed({kUnavailable,
                       {},
                       "the service cannot do this now, and a change may have been made or not: try again"});
    response.fields.add("retry-after", "1");
  } catch (const std::exception& error) {
    if (options_.on_error) options_.on_error(origin.request_id + ": " + error.what());
    response = failed({kInternal, {}, "the service made a mistake, which is logged under this x-request-id"});
  }
  allow_origin(request, response);
  finish(request, origin, begin, response);
  co_return response;
}

void RestService::finish(const HttpRequest& request, const Origin& origin,
                         std::chrono::steady_clock::time_point begin, HttpResponse& response) const {
  response.fields.add("x-request-id", origin.request_id);
  if (!options_.on_request) return;
  const auto time =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  const std::string path(split_target(request.target).path);
  options_.on_request({request.method, path, response.status, time, origin.request_id, origin.address});
}

asio::awaitable<HttpResponse> RestService::serve(const HttpRequest& request, const Origin& origin) {
  const auto target = split_target(request.target);
  const Route route = find_route(request.method, target.path);
  if (auto response = unrouted(route, request, target.path)) co_return std::move(*response);
  if (!route.endpoint) co_return co_await serve_debug(target.path);
  co_return co_await call(route, request, target.query, origin);
}

asio::awaitable<HttpResponse> RestService::call(const Route& route, const HttpRequest& request,
                                                std::string_view query, const Origin& origin) {
  MessagePtr message = route.endpoint->new_request();
  if (auto wrong = read_message(route, request, query, *message)) co_return malformed(std::move(*wrong));
  CallInfo info;
  if (const auto authorization = request.fields.find("authorization")) info.authorization = *authorization;
  info.org = text_of_field(request, "x-zitadel-orgid");
  info.origin = origin;
  info.deadline = std::chrono::steady_clock::now() + options_.call_time;
  const auto result = co_await route.endpoint->run(api_, info, std::move(message));
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    HttpResponse response = failed(failure_of(*refusal));
    if (response.status == 401) response.fields.add("www-authenticate", "Bearer");
    co_return response;
  }
  co_return json_response(200, encode_json(*std::get<MessagePtr>(result)));
}

asio::awaitable<HttpResponse> RestService::serve_debug(std::string_view path) {
  if (path == kHealthPath) {
    HttpResponse response{200, {}, "ok"};
    response.fields.add("content-type", "text/plain; charset=utf-8");
    co_return response;
  }
  const std::string trouble = co_await options_.readiness();
  if (trouble.empty()) co_return json_response(200, "\"ok\"");
  co_return failed({kUnavailable, {}, trouble});
}

HttpResponse RestService::refuse(unsigned http_status, int code, std::string_view message) {
  return json_response(http_status, failure_as_json({code, {}, std::string(message)}));
}

Origin RestService::origin_of(const HttpRequest& request) const {
  Origin origin{tame(text_of_field(request, "x-request-id")), tame(text_of_field(request, "traceparent")),
                client_address(request, options_.trusted_proxies)};
  if (origin.request_id.empty()) origin.request_id = options_.new_request_id();
  return origin;
}

}  // namespace usermeta
