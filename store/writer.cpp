#include "store/writer.hpp"

#include <algorithm>
#include <memory>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstRetry{20};
constexpr std::chrono::milliseconds kLongestRetry{1000};

// Resumes whoever waits on his own thread, not in the middle of something. Deferred, not posted: where it is
// this thread it goes on with it at once, and wakes no other.
template <class Handler, class... Arguments>
void complete(Handler handler, std::exception_ptr error, Arguments... arguments) {
  const auto executor = asio::get_associated_executor(handler);
  asio::defer(executor, asio::append(std::move(handler), error, std::move(arguments)...));
}

}  // namespace

Writer::Writer(Strand strand, Log& log, Options options)
    : strand_(std::move(strand)),
      log_(log),
      options_(std::move(options)),
      handler_(options_.handler),
      ticker_(strand_),
      retry_(strand_),
      idle_(strand_) {}

void Writer::start() {
  asio::dispatch(strand_, [this] {
    tick();
    pump();
  });
}

asio::awaitable<Answer> Writer::handle(CommandRequest request) {
  // Not by way of the strand, where it would wait behind what is being done; nor as an exception, which costs
  // more than a command that is done.
  if (full_.load(std::memory_order_relaxed)) return refuse_at_once();
  const auto initiate = [this](AnswerHandler handler, std::unique_ptr<CommandRequest> taken) {
    asio::dispatch(strand_, [this, handler = std::move(handler), taken = std::move(taken)]() mutable {
      submit(std::move(taken), std::move(handler));
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Answer)>(
      initiate, asio::use_awaitable, std::make_unique<CommandRequest>(std::move(request)));
}

asio::awaitable<Answer> Writer::refuse_at_once() {
  refused_.fetch_add(1, std::memory_order_relaxed);
  co_return Refusal::too_many_commands;
}

void Writer::submit(std::unique_ptr<CommandRequest> request, AnswerHandler handler) {
  if (stopping_) return complete(std::move(handler), nullptr, Answer{Refusal::stopping});
  const auto ticket = handler_.submit(std::move(*request));
  full_ = !handler_.has_room();
  if (!ticket) return complete(std::move(handler), nullptr, Answer{Refusal::too_many_commands});
  waiters_.emplace(*ticket, std::move(handler));
  pump();
}

asio::awaitable<void> Writer::level(std::chrono::milliseconds patience) {
  const auto initiate = [this, patience](LevelHandler handler) {
    asio::dispatch(strand_, [this, patience, handler = std::move(handler)]() mutable {
      if (stopped_)
        return complete(std::move(handler), std::make_exception_ptr(Outage("the service is stopping")));
      level_waiters_.push_back({std::move(handler), begun_, steady_clock::now() + patience});
      pump();
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(initiate,
                                                                                         asio::use_awaitable);
}

asio::awaitable<void> Writer::stop(std::chrono::milliseconds grace) {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto end = [this, grace]() -> asio::awaitable<void> {
    stopping_ = true;
    idle_.expires_after(grace);
    boost::system::error_code ignored;
    if (!waiters_.empty()) co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    stopped_ = true;
    ticker_.cancel();
    retry_.cancel();
    ++epoch_;
    for (auto& [ticket, handler] : waiters_) complete(std::move(handler), nullptr, Answer{Unavailable{}});
    waiters_.clear();
    end_levels([](const LevelWaiter&) { return true; },
               std::make_exception_ptr(Outage("the service is stopping")));
  };
  co_await asio::co_spawn(strand_, end, asio::use_awaitable);
}

void Writer::pump() {
  if (retrying_ || pumping_ || stopped_) return;
  pumping_ = true;
  if (!level_waiters_.empty()) handler_.catch_up();
  while (auto want = handler_.next(current_time()))
    std::visit([this](auto& w) { perform(std::move(w)); }, *want);
  pumping_ = false;
  give_answers();
}

void Writer::give_answers() {
  // First: a client that has its answer may send the next command at once.
  full_ = !handler_.has_room();
  for (Answered& answered : handler_.take_answers()) {
    const auto waiter = waiters_.find(answered.ticket);
    if (waiter == waiters_.end()) continue;
    AnswerHandler handler = std::move(waiter->second);
    waiters_.erase(waiter);
    complete(std::move(handler), nullptr, std::move(answered.answer));
  }
  if (stopping_ && waiters_.empty()) idle_.cancel();
}

void Writer::perform(WantHead) {
  log_.head([this, epoch = epoch_](std::exception_ptr error, const Head& head) {
    if (went_well(epoch, error)) load_access(head);
  });
}

// At the start: everything about who may do what, up to the head that the first decision will rest on.
void Writer::load_access(const Head& head) {
  log_.read_access(observed_, head.position,
                   [this, epoch = epoch_, head](std::exception_ptr error, const Page& page) {
                     if (!error && epoch == epoch_) error = observe(page.events);
                     if (!went_well(epoch, error)) return;
                     if (!page.end) return load_access(head);
                     observed_ = std::max(observed_, head.position);
                     handler_.head_is(head);
                     if (options_.on_head) options_.on_head(head.position);
                     pump();
                   });
}

void Writer::perform(WantFollow want) {
  const auto number = ++begun_;
  if (!want.lock) return follow(want.after, number, std::nullopt);
  log_.lock([this, epoch = epoch_, want, number](std::exception_ptr error, const Head& head) {
    if (went_well(epoch, error)) follow(want.after, number, head);
  });
}

// Under the lock the log's head is known and stands still: what is followed must end there. It does not when
// the database was replaced by another, or by an older copy of itself, while this process was running.
void Writer::follow(Position after, std::uint64_t number, std::optional<Head> locked) {
  log_.read(after, [this, epoch = epoch_, number, locked](std::exception_ptr error, const Page& page) {
    if (!error && epoch == epoch_) error = observe(page.events);
    if (!went_well(epoch, error)) return;
    handler_.followed(page.events);
    if (!page.events.empty() && options_.on_head) options_.on_head(page.events.back().position);
    if (!page.end) return follow(page.events.back().position, number, locked);
    if (locked && locked->salt != handler_.head().salt) {
      log_.unlock([](const std::exception_ptr&, const Head&) {});
      went_well(epoch, std::make_exception_ptr(
                           Outage("the log ends at position " + std::to_string(locked->position) +
                                  " with another event than this process has read: was a backup "
                                  "restored? Restart the service")));
      return;
    }
    handler_.follow_ended();
    level_as_of(number);
    pump();
  });
}

void Writer::perform(WantLoad want) {
  log_.load(std::move(want.aggregates), std::move(want.names),
            [this, epoch = epoch_](std::exception_ptr error, const Loaded& loaded) {
              if (epoch != epoch_) return;
              if (error && is_unreadable(error)) {
                if (options_.on_outage) options_.on_outage(message_of(error));
                handler_.load_failed();
                return pump();
              }
              if (!went_well(epoch, error)) return;
              handler_.loaded(loaded);
              pump();
            });
}

void Writer::perform(WantAppend want) {
  // What the directory has to learn before any answer is given.
  std::vector<Fact> access;
  for (const NewEvent& event : want.batch.events)
    if (type_of(event.event).changes_access)
      access.push_back({event.aggregate, event.sequence, want.batch.created_at, event.owner, event.event});
  const auto batch = std::make_shared<const Batch>(std::move(want.batch));
  log_.append(*batch, [this, epoch = epoch_, number = ++begun_, begun = steady_clock::now(),
                       access = std::move(access), batch](std::exception_ptr error, Appended outcome) {
    if (!went_well(epoch, error, true)) return;
    if (outcome == Appended::written) {
      for (const Fact& fact : access) options_.on_access(fact);
      observed_ = std::max(observed_, batch->known.position + static_cast<Position>(batch->events.size()));
      if (options_.on_batch) options_.on_batch(batch->events.size(), steady_clock::now() - begun);
    }
    handler_.appended(outcome);
    if (outcome == Appended::written) level_as_of(number);
    pump();
    // Behind it: first the next batch is to be on its way.
    if (outcome == Appended::written && options_.on_appended && !batch->events.empty())
      options_.on_appended(batch);
  });
}

void Writer::perform(WantUnlock) {
  log_.unlock([this, epoch = epoch_](std::exception_ptr error, const Head&) {
    if (!went_well(epoch, error)) return;
    handler_.unlocked();
    pump();
  });
}

bool Writer::went_well(std::uint64_t epoch, const std::exception_ptr& error, bool appended) {
  if (epoch != epoch_) return false;
  if (!error) {
    if (!appended && handler_.pending() > 0) return true;  // a log that is read may still refuse an append
    pause_ = {};
    if (!std::exchange(outage_, {}).empty() && options_.on_outage) options_.on_outage({});
    return true;
  }
  ++epoch_;
  const std::string message = message_of(error);
  if (message != outage_ && options_.on_outage) options_.on_outage(message);
  outage_ = message;
  handler_.outage();
  give_answers();
  pause_ = std::clamp(pause_ * 2, kFirstRetry, kLongestRetry);
  retrying_ = true;
  retry_.expires_after(pause_);
  retry_.async_wait([this](boost::system::error_code cancelled) {
    retrying_ = false;
    if (!cancelled) pump();
  });
  return false;
}

// Each event once, however often it is read. What is returned when one of them cannot be read is an outage:
// nobody knows any more who may do what.
std::exception_ptr Writer::observe(const std::vector<Recorded>& events) {
  try {
    for (const Recorded& event : events) {
      const EventType* type = find_type(event.type);
      if (event.position > observed_ && type && type->changes_access)
        options_.on_access({event.aggregate, event.sequence, event.created_at, event.owner, decode(event)});
      observed_ = std::max(observed_, event.position);
    }
    return nullptr;
  } catch (const UnreadableEvent&) {
    return std::current_exception();
  }
}

void Writer::level_as_of(std::uint64_t number) {
  end_levels([&](const LevelWaiter& waiter) { return waiter.begun < number; }, nullptr);
}

void Writer::end_levels(const std::function<bool(const LevelWaiter&)>& which,
                        const std::exception_ptr& error) {
  std::erase_if(level_waiters_, [&](LevelWaiter& waiter) {
    const bool ends = which(waiter);
    if (ends) complete(std::move(waiter.handler), error);
    return ends;
  });
}

void Writer::tick() {
  ticker_.expires_after(options_.tick);
  ticker_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled || stopped_) return;
    const auto time = steady_clock::now();
    handler_.expire(time);
    end_levels([&](const LevelWaiter& waiter) { return waiter.deadline <= time; },
               std::make_exception_ptr(Outage("the log could not be read in time")));
    handler_.catch_up();
    give_answers();
    pump();
    tick();
  });
}

}  // namespace usermeta
