#include "http/event_follow.hpp"

#include <utility>

#include "store/outage.hpp"

namespace usermeta {
namespace {

using boost::asio::awaitable;
using Clock = std::chrono::steady_clock;
using Report = std::function<void(const std::exception&)>;

Failure too_slow() {
  return {kResourceExhausted, {}, "what was sent was not read in time: go on after the last event"};
}

Failure log_unavailable() {
  return {kUnavailable, {}, "the log cannot be read now: go on after the last event, in a moment"};
}

Failure unreadable() {
  return {kInternal, {}, "the next event cannot be read, which is logged under this x-request-id"};
}

}  // namespace

awaitable<std::variant<EventFollow::Follower, Refusal>> EventFollow::open(const CallInfo& call,
                                                                          EventFilter filter, Position after,
                                                                          std::function<void()> wake) {
  auto permitted = co_await callers_.authorise(call, Permission::events_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  auto& [caller, org] = std::get<Permitted>(permitted);
  auto query = queries_.open(std::move(filter), after, std::move(wake));
  if (!query) co_return Refusal::too_many_followers;
  co_return Follower{callers_.still_allowed(caller, Permission::events_read), std::move(org),
                     std::move(query)};
}

awaitable<EventFollow::Next> EventFollow::next(LiveQuery& query, EventSink& sink, const Report& report) {
  Next next;
  try {
    const LiveQuery::Next found = co_await query.next();
    for (const auto& event : found.events) sink.append(next.bytes, *event);
    next.more = found.more;
  } catch (const Outage& outage) {
    report(outage);
    next.failure = log_unavailable();
  } catch (const UnreadableEvent& event) {
    report(event);
    next.failure = unreadable();
  }
  co_return next;
}

awaitable<void> EventFollow::run(Follower& follower, EventSink& sink, const Report& report) {
  LiveQuery& query = *follower.query;
  auto beat = Clock::now() + options_.heartbeat;
  while (true) {
    const Position told = query.reached();
    Next found = co_await next(query, sink, report);
    // What may not be read any more is not told, even if it could have been a moment ago.
    if (const auto refusal = follower.allowed(follower.org)) co_return sink.end(failure_of(*refusal), told);
    if (found.failure) co_return sink.end(*found.failure, query.reached());
    if (Clock::now() >= beat) sink.append_place(found.bytes, query.reached());
    if (!found.bytes.empty()) {
      const bool taken = co_await sink.send(std::move(found.bytes), Clock::now() + options_.patience);
      if (!taken) co_return sink.end(too_slow(), query.reached());
      beat = Clock::now() + options_.heartbeat;
    }
    const auto over = co_await sink.pause(found.more ? Clock::time_point::min() : beat);
    if (over) co_return sink.end(*over, query.reached());
  }
}

}  // namespace usermeta
