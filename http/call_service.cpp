#include "http/call_service.hpp"

#include <algorithm>

#include "http/call_failures.hpp"
#include "http/cors.hpp"
#include "http/openapi.hpp"
#include "http/position_field.hpp"
#include "http/read_message.hpp"
#include "http/target.hpp"
#include "http/trace_context.hpp"
#include "http/unserved.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// A client that waits for longer waits for as long as it takes.
constexpr auto kLongestWait = std::chrono::hours(1);

constexpr std::size_t kLongestRequestId = 128;

// The message, and what a command makes of it.
constexpr std::size_t kCopies = 2;

HttpResponse json_response(unsigned status, std::string body) {
  HttpResponse response{status, {}, std::move(body), {}};
  response.fields.add("content-type", "application/json");
  return response;
}

// When the client gives up; the end of time when it does not say or cannot be understood.
Clock::time_point client_deadline(const WireFormat& format, const HttpRequest& request) {
  const auto timeout = client_timeout(format, request.fields);
  const auto* time = std::get_if<std::optional<std::chrono::microseconds>>(&timeout);
  if (!time || !*time || **time > kLongestWait) return Clock::time_point::max();
  return request.begun + **time;
}

std::string_view text_of_field(const HttpRequest& request, std::string_view name) {
  return request.fields.find(name).value_or(std::string_view());
}

// What x-request-id may put into events and logs: printable ASCII of a bounded length, or nothing.
std::string tame(std::string_view text) {
  const bool good = text.size() <= kLongestRequestId &&
                    std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  return std::string(good ? text : std::string_view());
}

// The clock is only looked at for a client that does give up.
bool has_given_up(Clock::time_point deadline) {
  return deadline != Clock::time_point::max() && Clock::now() >= deadline;
}

}  // namespace

Asked CallService::look(const HttpRequest& request) const {
  Asked asked = read_header(request);
  if (options_.serves == Serves::all || is_debug(asked.place) == (options_.serves == Serves::debug))
    return asked;
  asked.place = Place::nowhere;
  asked.route = {};
  return asked;
}

std::optional<HttpResponse> CallService::answer_header(const HttpRequest& request) {
  const auto begin = Clock::now();
  Asked asked = look(request);
  auto response = answer_preflight(request);
  if (response) {
    asked.place = Place::preflight;
  } else {
    response = answer_header_of(asked, request);
    if (!response) return std::nullopt;
    allow_origin(request, *response);
  }
  finish(asked, request, origin_of(request), begin, *response);
  return response;
}

asio::awaitable<HttpResponse> CallService::answer(HttpRequest request) {
  const auto begin = Clock::now();
  const Origin origin = origin_of(request);
  const Asked asked = look(request);
  HttpResponse response;
  if (auto early = answer_header_of(asked, request)) {
    response = std::move(*early);
  } else {
    const WireFormat& format = *asked.format;
    try {
      response = co_await serve(asked, request, origin, begin);
    } catch (const Outage& outage) {
      report(origin, outage);
      response = has_given_up(client_deadline(format, request)) ? write_failure(format, too_late())
                                                                : try_again(format, unavailable());
    } catch (const std::exception& error) {
      report(origin, error);
      response = write_failure(format, mistake());
    }
  }
  allow_origin(request, response);
  finish(asked, request, origin, begin, response);
  co_return response;
}

// What PostgreSQL says is for the operator.
void CallService::report(const Origin& origin, const std::exception& error) const {
  if (options_.on_error) options_.on_error(origin.request_id + ": " + error.what());
}

void CallService::finish(const Asked& asked, const HttpRequest& request, const Origin& origin,
                         Clock::time_point begin, HttpResponse& response) const {
  response.fields.add("x-request-id", origin.request_id);
  const auto time = Clock::now() - begin;
  std::optional<Protocol> protocol;
  if (asked.format) protocol = asked.format->protocol;
  record(request, origin, {call_number(asked), protocol, response.status, response.grpc_code, time}, time);
}

void CallService::record(const HttpRequest& request, const Origin& origin, const CallRecord& call,
                         Clock::duration time) const {
  if (options_.on_call) options_.on_call(call);
  // Of what was refused within its header there is nothing to tell.
  if (!options_.on_request || request.method.empty()) return;
  options_.on_request({request.method, std::string(split_target(request.target).path), call.status,
                       call.grpc_code, std::chrono::duration_cast<std::chrono::microseconds>(time),
                       origin.request_id, origin.address});
}

HttpResponse CallService::refused(const WireFormat& format, Refusal refusal) {
  const Failure failure = failure_of(refusal);
  return failure.code == kResourceExhausted ? overloaded(format, failure.message)
                                            : write_failure(format, failure);
}

HttpResponse CallService::overloaded(const WireFormat& format, const std::string& why) {
  ++refused_;
  return try_again(format, {kResourceExhausted, {}, why});
}

asio::awaitable<HttpResponse> CallService::serve(const Asked& asked, const HttpRequest& request,
                                                 const Origin& origin, Clock::time_point begin) {
  const WireFormat& format = *asked.format;
  if (asked.place == Place::health_check) return health_.check(format, request);
  if (is_audit(asked.place))
    return serve_audit(asked, request, info_of(request, origin, begin + options_.call_time));
  const bool is_call = asked.place == Place::call || asked.place == Place::event_stream;
  if (!is_call && !usermeta::is_streamed(asked)) return serve_debug(asked.place);
  return serve_call(asked, request, origin, begin);
}

// A coroutine's own is in memory for as long as it waits, of every call that is under way: the two functions
// behind this one have the rest.
asio::awaitable<HttpResponse> CallService::serve_call(const Asked& asked, const HttpRequest& request,
                                                      const Origin& origin, Clock::time_point begin) {
  ReadCall call(messages_);
  if (auto wrong = read_call(asked, request, origin, begin, call)) co_return *std::move(wrong);
  std::optional<Position> position;
  call.info.position = &position;
  auto running = asked.route.endpoint->run(api_, call.info, std::move(call.message));
  const auto result = co_await std::move(running);
  co_return answer_of(*asked.format, request, result, position);
}

// What is wrong with it, or nothing.
std::optional<HttpResponse> CallService::read_call(const Asked& asked, const HttpRequest& request,
                                                   const Origin& origin, Clock::time_point begin,
                                                   ReadCall& call) {
  const WireFormat& format = *asked.format;
  if (usermeta::is_streamed(asked)) return not_streamed(format);
  const auto timeout = client_timeout(format, request.fields);
  if (const auto* wrong = std::get_if<Failure>(&timeout)) return write_failure(format, *wrong);
  if (auto refused = too_long(format, request.body.size())) return refused;
  const auto read_after = position_asked_for(request.fields);
  if (const auto* wrong = std::get_if<Failure>(&read_after)) return write_failure(format, *wrong);
  call.message = asked.route.endpoint->new_request();
  if (const auto wrong = read_message(format, asked.route, request, *call.message))
    return write_failure(format, *wrong);
  if (!call.share.grow_to(kCopies * call.message->SpaceUsedLong()))
    return overloaded(format, "too much data is under way, try again later");
  const auto given_up = client_deadline(format, request);
  if (has_given_up(given_up)) return write_failure(format, too_late());
  call.info = info_of(request, origin, std::min(begin + options_.call_time, given_up));
  call.info.read_after = std::get<std::optional<Position>>(read_after);
  return std::nullopt;
}

HttpResponse CallService::answer_of(const WireFormat& format, const HttpRequest& request,
                                    const Result<MessagePtr>& result, std::optional<Position> position) {
  if (has_given_up(client_deadline(format, request))) return write_failure(format, too_late());
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refused(format, *refusal);
  HttpResponse response = write_answer(format, request, *std::get<MessagePtr>(result));
  if (position) response.fields.add(kPositionField, std::to_string(*position));
  return response;
}

asio::awaitable<HttpResponse> CallService::serve_debug(Place place) {
  if (place == Place::healthz) {
    HttpResponse response{200, {}, "ok", {}};
    response.fields.add("content-type", "text/plain; charset=utf-8");
    co_return response;
  }
  if (place == Place::metrics) {
    HttpResponse response;
    response.body = co_await options_.metrics();
    response.fields.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
    co_return response;
  }
  if (place == Place::status) co_return json_response(200, co_await options_.status());
  if (place == Place::openapi) co_return json_response(200, openapi_document());
  const std::string trouble = co_await options_.readiness();
  if (trouble.empty()) co_return json_response(200, "\"ok\"");
  co_return write_failure(kRest, {kUnavailable, {}, trouble});
}

asio::awaitable<HttpResponse> CallService::serve_audit(const Asked& asked, const HttpRequest& request,
                                                       CallInfo call) {
  auto result = co_await audit_.answer(asked, request, call);
  if (const auto* refusal = std::get_if<Refusal>(&result)) co_return refused(*asked.format, *refusal);
  co_return std::get<HttpResponse>(std::move(result));
}

HttpResponse CallService::refuse(const HttpRequest& request, const Rejection& why) {
  const auto begin = Clock::now();
  const Asked asked = look(request);
  const WireFormat& format = asked.format ? *asked.format : kConnect;
  HttpResponse response = write_failure(format, {why.code, {}, std::string(why.message)});
  if (!format.is_grpc()) response.status = why.status;
  if (why.status == rejections::too_much_data.status) ++refused_;
  allow_origin(request, response);
  finish(asked, request, origin_of(request), begin, response);
  return response;
}

CallInfo CallService::info_of(const HttpRequest& request, const Origin& origin, Clock::time_point deadline) {
  CallInfo info;
  info.authorization = request.fields.find("authorization");
  info.org = text_of_field(request, "x-zitadel-orgid");
  info.origin = origin;
  info.deadline = deadline;
  return info;
}

Origin CallService::origin_of(const HttpRequest& request) const {
  Origin origin{tame(text_of_field(request, "x-request-id")), traceparent_of(request.fields),
                client_address(request, options_.trusted_proxies)};
  if (origin.request_id.empty()) origin.request_id = options_.new_request_id();
  return origin;
}

}  // namespace usermeta
