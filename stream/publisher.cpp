#include "stream/publisher.hpp"

#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/log_reader.hpp"
#include "store/read_log.hpp"
#include "stream/publisher_lock.hpp"
#include "stream/removed_keys.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// How long it takes at most to notice what another process appended, and that the publishing one is gone.
constexpr milliseconds kIdle{100};
constexpr milliseconds kWatch{1000};
constexpr milliseconds kTrouble{1000};

}  // namespace

Publisher::Publisher(const asio::any_io_executor& executor, Options options)
    : options_(std::move(options)),
      strand_(asio::make_strand(executor)),
      lock_(std::make_shared<PgPipeline>(
          strand_, PgPipeline::Options{.conninfo = options_.conninfo,
                                       .application_name = "usermeta publish " + options_.process,
                                       .settings = "-c search_path=usermeta",
                                       .counts = options_.counts})),
      log_(strand_, options_.conninfo, "(publisher) " + options_.process, options_.counts),
      wake_(strand_),
      stopped_(strand_) {
  options_.publication.on_error = [this](const std::string& error) { connection_failed(error); };
  options_.publication.on_retry = [this](const std::string& why) { retried(why); };
}

void Publisher::start() {
  asio::co_spawn(strand_, run(), asio::detached);
}

void Publisher::poke() {
  asio::dispatch(strand_, [this] {
    grown_ = true;
    if (waits_for_log_) wake_.cancel();
  });
}

asio::awaitable<void> Publisher::stop() {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto end = [this]() -> asio::awaitable<void> {
    stopping_ = true;
    stop_.request_stop();
    wake_.cancel();
    lock_->close();
    log_.close();
    stopped_.expires_at(std::chrono::steady_clock::time_point::max());
    boost::system::error_code ignored;
    if (running_) co_await stopped_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  };
  co_await asio::co_spawn(strand_, end, asio::use_awaitable);
}

asio::awaitable<void> Publisher::run() {
  running_ = true;
  while (!stopping_) {
    milliseconds pause{0};
    try {
      const bool mine = co_await take_lock();
      if (mine)
        co_await publish();
      else
        pause = kWatch;
      if (!mine) went_well();
    } catch (const std::exception& error) {
      if (!stopping_) trouble(error.what());
      pause = kTrouble;
    }
    co_await close();
    if (pause.count() > 0) co_await wait(pause, false);
  }
  running_ = false;
  stopped_.cancel();
}

asio::awaitable<bool> Publisher::take_lock() {
  const bool mine = co_await take_publisher_lock(*lock_, options_.publication.topic);
  losses_ = lock_->losses();
  {
    const std::lock_guard lock(mutex_);
    figures_.publishing = mine;
    if (!mine) figures_.position.reset();
  }
  const std::string& state_topic = options_.publication.state_topic;
  if (!mine || state_topic.empty()) co_return mine;
  // Whoever publishes these events has it as well, so it is somebody who publishes others.
  const bool state_is_mine = co_await take_publisher_lock(*lock_, state_topic);
  if (!state_is_mine)
    throw std::runtime_error("another publisher writes to the topic " + state_topic +
                             ": choose another one with --kafka-state-topic");
  co_return true;
}

// Nothing is published before there is a first event.
asio::awaitable<std::string> Publisher::instance() {
  while (may_go_on()) {
    grown_ = false;
    const Page page = co_await read_log(log_, 0);
    if (!page.events.empty()) co_return instance_of(page.events.front());
    co_await wait(kIdle, true);
  }
  co_return std::string();
}

asio::awaitable<void> Publisher::publish() {
  Publication::Options options = options_.publication;
  options.source.instance = co_await instance();
  if (!may_go_on()) co_return;
  co_await kafka_.run([&] {
    publication_ = std::make_unique<Publication>(std::move(options), stop_.get_token());
    publication_->open();
  });
  went_well();
  while (may_go_on()) {
    grown_ = false;
    const bool all = co_await catch_up();
    if (!all)
      co_await wait(kTrouble, false);
    else if (!grown_)
      co_await wait(kIdle, true);
  }
}

// False when it has to be tried again after a pause.
asio::awaitable<bool> Publisher::catch_up() {
  try {
    co_await follow_to_end();
    co_return true;
  } catch (const RecordTooLarge&) {
    grown_ = true;  // again at once, and in another form
    co_return true;
  } catch (const TransactionAborted& aborted) {
    retried(aborted.what());
    co_return false;
  }
}

// Behind what was committed last, to where the log ends now.
asio::awaitable<void> Publisher::follow_to_end() {
  LogReader reader(strand_, log_, publication_->position().value_or(0));
  std::exception_ptr unreadable;
  bool more = true;
  while (more && may_go_on()) {
    Page page;
    try {
      page = co_await reader.next();
    } catch (...) {
      unreadable = std::current_exception();
    }
    more = !page.events.empty();
    RemovedKeys removed;
    if (!options_.publication.state_topic.empty())
      removed = co_await find_removed_keys(*lock_, page.events, publication_->state_position());
    bool committed = false;
    co_await kafka_.run([&] {
      try {
        publication_->take(page.events, removed);
      } catch (const UnreadableEvent&) {
        unreadable = std::current_exception();
      }
      // What stands in the way of the next events is none of those before it.
      more = more && !unreadable;
      committed = page.end || !more || publication_->is_full();
      if (committed) publication_->commit();
    });
    went_well();
    // Under a steady load the log has no end.
    if (committed) co_await publish_checkpoints();
  }
  if (unreadable) std::rethrow_exception(unreadable);
}

// They are signed some time after their events are there. None is in Kafka before its events are.
asio::awaitable<void> Publisher::publish_checkpoints() {
  if (!options_.publication.checkpoints) co_return;
  while (may_go_on()) {
    const auto checkpoints = co_await find_checkpoints(*lock_, publication_->checkpoint_position(),
                                                       publication_->events_position());
    if (checkpoints.empty()) co_return;
    co_await kafka_.run([&] {
      publication_->take(checkpoints);
      publication_->commit();
    });
    went_well();
  }
}

asio::awaitable<void> Publisher::close() {
  if (!publication_) co_return;
  {
    const std::lock_guard lock(mutex_);
    transactions_before_ = figures_.transactions;
    oversized_before_ = figures_.oversized;
  }
  co_await kafka_.run([this] { publication_.reset(); });
}

asio::awaitable<void> Publisher::wait(milliseconds time, bool until_grown) {
  if (stopping_) co_return;
  waits_for_log_ = until_grown;
  wake_.expires_after(time);
  boost::system::error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  waits_for_log_ = false;
}

Publisher::Figures Publisher::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

// librdkafka connects anew by itself. It is a trouble only if something has to wait for it.
void Publisher::connection_failed(const std::string& error) {
  const std::lock_guard lock(mutex_);
  connection_error_ = error;
}

// On Kafka's thread as well.
void Publisher::retried(const std::string& why) {
  bool begins = false;
  {
    const std::lock_guard lock(mutex_);
    ++figures_.retries;
    const auto now = std::chrono::steady_clock::now();
    if (figures_.error.empty()) waiting_since_ = now;
    figures_.error = connection_error_.empty() ? why : connection_error_;
    // Attempts fail in different ways: that is told once.
    begins = told_.empty() && now - waiting_since_ >= kShortWait;
    if (begins) told_ = figures_.error;
  }
  if (begins && options_.on_trouble) options_.on_trouble(told_);
}

void Publisher::trouble(const std::string& message) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    figures_.error = message;
    changed = told_ != message;
    told_ = message;
  }
  if (changed && options_.on_trouble) options_.on_trouble(message);
}

void Publisher::went_well() {
  bool over = false;
  {
    const std::lock_guard lock(mutex_);
    if (publication_) {
      figures_.position = publication_->position().value_or(0);
      figures_.checkpoint = publication_->checkpoint_position();
      figures_.transactions = transactions_before_ + publication_->transactions();
      figures_.oversized = oversized_before_ + publication_->oversized();
    }
    over = !told_.empty();
    told_.clear();
    figures_.error.clear();
    connection_error_.clear();
  }
  if (over && options_.on_trouble) options_.on_trouble({});
}

}  // namespace usermeta
