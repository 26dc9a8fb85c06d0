#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "http/callers.hpp"
#include "http/event_sink.hpp"
#include "projections/live_queries.hpp"

namespace usermeta {

// Those who follow the log: lets them in, tells them what happens, and ends them: when the client has enough,
// when it is too slow, when it may not read any more (its token has ended, a role was taken), or when the
// service stops. Whoever was ended is told where to go on. Any thread.
class EventFollow {
 public:
  struct Options {
    std::chrono::milliseconds heartbeat{15'000};  // the longest silence
    // How long a client may leave what was sent to it; it is short of HttpLimits::write_time, so that its
    // last message has a chance.
    std::chrono::milliseconds patience{10'000};
  };
  EventFollow(const Callers& callers, LiveQueries& queries, Options options)
      : callers_(callers), queries_(queries), options_(options) {}

  struct Follower {
    Allowed allowed;  // still
    std::string org;
    std::unique_ptr<LiveQuery> query;
  };
  // Throws Outage. `wake`: see LiveQueries::open().
  boost::asio::awaitable<std::variant<Follower, Refusal>> open(const CallInfo& call, EventFilter filter,
                                                               Position after, std::function<void()> wake);

  // Until the sink was ended. `report` is told what went wrong here.
  boost::asio::awaitable<void> run(Follower& follower, EventSink& sink,
                                   const std::function<void(const std::exception&)>& report);

 private:
  // What comes next, written for the sink; whether there is more; or why there is none.
  struct Next {
    std::string bytes;
    bool more = false;
    std::optional<Failure> failure;
  };
  static boost::asio::awaitable<Next> next(LiveQuery& query, EventSink& sink,
                                           const std::function<void(const std::exception&)>& report);

  const Callers& callers_;
  LiveQueries& queries_;
  const Options options_;
};

}  // namespace usermeta
