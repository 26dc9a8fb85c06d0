// The calls that go on: gRPC's own, and those that follow the log.

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "http/call_failures.hpp"
#include "http/call_service.hpp"
#include "http/cors.hpp"
#include "http/event_message.hpp"
#include "http/grpc_reflection.hpp"
#include "http/grpc_sink.hpp"
#include "http/grpc_stream.hpp"
#include "http/read_message.hpp"
#include "http/server_sent_events.hpp"
#include "http/sse_sink.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// Where a stream of server-sent events begins: behind what its client has seen, or else where it asks for.
std::optional<Failure> read_place(const Asked& asked, const HttpRequest& head, EventFilter& filter,
                                  Position& after) {
  v1::ListEventsRequest request;
  if (auto wrong = read_message(kRest, asked.route, head, request)) return wrong;
  if (const auto wrong = read_event_filter(request.type(), request.user(), request.org(), filter))
    return failure_of(*wrong);
  after = position_of(request.after());
  const auto seen = head.fields.find("last-event-id");
  if (!seen || seen->empty()) return std::nullopt;
  const auto place = last_event_id(*seen);
  if (!place) return Failure{kInvalidArgument, {}, "the header Last-Event-ID must be a position"};
  after = *place;
  return std::nullopt;
}

}  // namespace

bool CallService::is_streamed(const HttpRequest& request, HttpVersion version) {
  const Asked asked = look(request);
  if (asked.place == Place::event_stream) return true;
  return version == HttpVersion::http2 && usermeta::is_streamed(asked) && asked.format &&
         asked.format->protocol == Protocol::grpc;
}

asio::awaitable<void> CallService::serve_stream(HttpRequest head, HttpStream& stream) {
  const auto begin = Clock::now();
  const Origin origin = origin_of(head);
  const Asked asked = look(head);
  HttpResponse response;
  allow_origin(head, response);
  response.fields.add("x-request-id", origin.request_id);
  CallRecord told{call_number(asked), asked.format->protocol, 200, {}, {}};
  // However it ends: cancelled calls are the ordinary ones here.
  const std::shared_ptr<void> leaving(nullptr,
                                      [&](void*) { record(head, origin, told, Clock::now() - begin); });
  if (asked.place == Place::event_stream)
    co_await serve_events(head, asked, origin, std::move(response), stream, told);
  else
    co_await serve_grpc(head, asked, origin, std::move(response), stream, told);
}

asio::awaitable<void> CallService::serve_events(const HttpRequest& head, const Asked& asked,
                                                const Origin& origin, HttpResponse response,
                                                HttpStream& stream, CallRecord& told) {
  EventFilter filter;
  Position after = 0;
  auto failure = read_place(asked, head, filter, after);
  std::optional<EventFollow::Follower> follower;
  try {
    if (!failure) {
      const CallInfo info = info_of(head, origin, Clock::now() + options_.call_time);
      auto opened = co_await follow_.open(info, std::move(filter), after, stream.waker());
      if (const auto* refusal = std::get_if<Refusal>(&opened))
        failure = failure_of(*refusal);
      else
        follower = std::move(std::get<EventFollow::Follower>(opened));
    }
  } catch (const Outage& outage) {
    report(origin, outage);
    failure = unavailable();
  }
  if (failure) {
    HttpResponse no = is_momentary(*failure) ? try_again(kRest, *failure) : write_failure(kRest, *failure);
    for (const auto& [name, value] : response.fields) no.fields.add(name, value);
    told.status = no.status;
    std::string body = std::move(no.body);
    stream.begin(std::move(no));
    co_return stream.end(std::move(body), {});
  }
  SseSink sink(stream);
  co_await sink.begin(std::move(response), after);
  const auto wrong = [&](const std::exception& error) { report(origin, error); };
  co_await follow_.run(*follower, sink, wrong);
}

asio::awaitable<void> CallService::serve_grpc(const HttpRequest& head, const Asked& asked,
                                              const Origin& origin, HttpResponse response, HttpStream& bytes,
                                              CallRecord& told) {
  GrpcStream stream(bytes, head, *asked.format, Clock::now());
  const std::shared_ptr<void> leaving(nullptr, [&](void*) { told.grpc_code = stream.code(); });
  stream.begin(response);
  std::optional<Failure> failure;
  try {
    if (asked.place == Place::health_watch)
      co_await health_.watch(stream);
    else if (asked.place == Place::follow)
      co_await serve_follow(head, origin, stream);
    else
      co_await serve_reflection(stream);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    report(origin, error);
    failure = mistake();
  } catch (const Outage& outage) {
    report(origin, outage);
    failure = unavailable();
  } catch (const std::exception& error) {
    report(origin, error);
    failure = mistake();
  }
  if (failure) stream.end(*failure);
}

asio::awaitable<void> CallService::serve_follow(const HttpRequest& head, const Origin& origin,
                                                GrpcStream& stream) {
  v1::FollowRequest request;
  const auto read = co_await stream.read(request);
  if (const auto* failure = std::get_if<Failure>(&read)) co_return stream.end(*failure);
  if (!std::get<bool>(read))
    co_return stream.end({kUnimplemented, {}, "the call takes one message, and none came"});
  EventFilter filter;
  if (const auto wrong = read_event_filter(request.type(), request.user(), request.org(), filter))
    co_return stream.end(failure_of(*wrong));
  const CallInfo info = info_of(head, origin, Clock::now() + options_.call_time);
  auto opened = co_await follow_.open(info, std::move(filter), position_of(request.after()), stream.waker());
  if (const auto* refusal = std::get_if<Refusal>(&opened)) {
    const Failure failure = failure_of(*refusal);
    is_momentary(failure);
    co_return stream.end(failure);
  }
  GrpcSink sink(stream);
  const auto wrong = [&](const std::exception& error) { report(origin, error); };
  co_await follow_.run(std::get<EventFollow::Follower>(opened), sink, wrong);
}

// Whether it is worth to try again; what was too much is counted.
bool CallService::is_momentary(const Failure& failure) {
  if (failure.code == kResourceExhausted) ++refused_;
  return failure.code == kResourceExhausted || failure.code == kUnavailable;
}

}  // namespace usermeta
