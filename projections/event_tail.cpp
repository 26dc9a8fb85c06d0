#include "projections/event_tail.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/event_list.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// What an event costs in memory beside its payload.
constexpr std::size_t kEventBytes = 600;
// What one take() gives at most.
constexpr std::size_t kMostTaken = 1000;
constexpr std::size_t kMostTakenBytes = 256 * 1024;
constexpr std::uint32_t kMostRead = 1000;
// Between attempts that fail although the connection, which pauses by itself, is there.
constexpr std::chrono::milliseconds kReadTrouble{500};

std::size_t memory_of(const Recorded& event) {
  return kEventBytes + event.payload.size();
}

}  // namespace

EventTail::EventTail(std::shared_ptr<PgPipeline> connection, std::size_t bytes)
    : connection_(std::move(connection)), bound_(bytes), retry_(connection_->strand()) {}

std::shared_ptr<EventTail::Follower> EventTail::join(std::function<void()> wake) {
  auto follower = std::make_shared<Follower>();
  follower->wake = std::move(wake);
  asio::dispatch(connection_->strand(),
                 [self = shared_from_this(), follower] { self->followers_.push_back(follower); });
  return follower;
}

void EventTail::leave(const std::shared_ptr<Follower>& follower) {
  asio::dispatch(connection_->strand(),
                 [self = shared_from_this(), follower] { self->followers_.remove(follower); });
}

asio::awaitable<EventTail::Taken> EventTail::take(std::shared_ptr<Follower> follower, Position after) {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto taking = [self = shared_from_this(), follower = std::move(follower),
                       after]() -> asio::awaitable<Taken> { co_return self->take_now(*follower, after); };
  co_return co_await asio::co_spawn(connection_->strand(), taking, asio::use_awaitable);
}

EventTail::Taken EventTail::take_now(Follower& follower, Position after) {
  Taken taken;
  if (after > last_) grown_ = true;
  // Whoever is alone may begin anywhere; with others there, the events between will be here in a moment.
  if (after > last_ && !is_waited_for()) {
    events_.clear();
    bytes_ = 0;
    begin_ = last_ = after;
    unreadable_ = nullptr;
  }
  taken.here = after >= begin_;
  if (!taken.here) return taken;
  std::size_t bytes = 0;
  for (auto i = static_cast<std::size_t>(after - begin_); i < events_.size(); ++i) {
    if (taken.events.size() >= kMostTaken || bytes >= kMostTakenBytes) break;
    bytes += memory_of(*events_[i]);
    taken.events.push_back(events_[i]);
  }
  if (!taken.events.empty()) return taken;
  if (unreadable_) std::rethrow_exception(unreadable_);
  follower.waiting = true;
  if (grown_) read();
  return taken;
}

void EventTail::poke() {
  asio::dispatch(connection_->strand(), [self = shared_from_this()] {
    self->grown_ = true;
    if (self->is_waited_for()) self->read();
  });
}

bool EventTail::is_waited_for() const {
  return std::ranges::any_of(followers_, [](const auto& follower) { return follower->waiting; });
}

void EventTail::read() {
  if (closed_ || std::exchange(reading_, true)) return;
  asio::co_spawn(connection_->strand(), read_on(), [self = shared_from_this()](const std::exception_ptr&) {
    self->reading_ = false;
    // Who came to wait while the last page was on its way.
    if (self->grown_ && self->is_waited_for()) self->read();
  });
}

// Until it has all there is, or nobody waits.
asio::awaitable<void> EventTail::read_on() {
  while (grown_ && !closed_ && is_waited_for()) {
    grown_ = false;
    bool outage = false;
    try {
      const EventListing listing{.after = last_, .limit = kMostRead};
      EventPage page = co_await list_events(*connection_, listing);
      if (!page.end) grown_ = true;
      unreadable_ = nullptr;
      add(std::move(page.events));
    } catch (const UnreadableEvent&) {
      unreadable_ = std::current_exception();
      wake_all();
    } catch (const Outage&) {
      outage = grown_ = true;
    }
    if (!outage || closed_) continue;
    retry_.expires_after(kReadTrouble);
    boost::system::error_code ignored;
    co_await retry_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void EventTail::add(std::vector<Recorded> events) {
  // A look that was under way when somebody began elsewhere.
  if (events.empty() || events.front().position != last_ + 1) return;
  for (Recorded& event : events) {
    last_ = event.position;
    bytes_ += memory_of(event);
    events_.push_back(std::make_shared<const Recorded>(std::move(event)));
  }
  while (bytes_ > bound_) {
    bytes_ -= memory_of(*events_.front());
    begin_ = events_.front()->position;
    events_.pop_front();
  }
  wake_all();
}

void EventTail::wake_all() {
  for (const auto& follower : followers_)
    if (std::exchange(follower->waiting, false)) follower->wake();
}

void EventTail::close() {
  asio::dispatch(connection_->strand(), [self = shared_from_this()] {
    self->closed_ = true;
    self->followers_.clear();
    self->retry_.cancel();
    self->connection_->close();
  });
}

}  // namespace usermeta
