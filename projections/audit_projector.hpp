#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "events/log.hpp"
#include "projections/audit_state.hpp"
#include "projections/batch_inbox.hpp"
#include "projections/leaf_tail.hpp"
#include "proof/checkpoint.hpp"
#include "proof/signing_key.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Keeps the transparency log: follows the log of events, grows the tree by an entry for each, and signs its
// root now and then. Of all processes on the database one does it (an advisory lock decides). No append waits
// for it. What its process appends it is told; it reads what others do, and what it was not told of.
//
// It never signs a root that does not extend the one that was signed last: what is stored of the tree must be
// what was signed, the log may not end before it, and its newest event must be the tree's newest. What was
// signed last the database says, and what was seen there is remembered, also for later processes. When one
// of these does not hold, or an event cannot be read, it stands still, says so (`failure`, on_trouble) and
// looks again. A process whose key is not the one that has signed before says so and leaves it to others.
//
// Threads: all on one strand; `appended`, `poke`, `failure`, `projecting` and `position` from any.
class AuditProjector {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    SigningKey key;
    // A root is signed when the last one is so old and there is something new, or behind so many events.
    std::chrono::milliseconds checkpoint_time{1000};
    std::uint64_t checkpoint_events = 10'000;
    // How long events gather for one transaction.
    std::chrono::milliseconds gather{200};
    // The newest checkpoint that was kept by `remember` in an earlier process, or nothing.
    std::string remembered = {};
    // Keeps it for the next process, beside the key: each that is signed here or found good in the database.
    // On the projector's strand, which it does not hold up; does not throw.
    std::function<void(const std::string& note)> remember = {};
    // A trouble began (its message), or is over (empty).
    std::function<void(const std::string&)> on_trouble = {};
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connection
  };
  AuditProjector(const boost::asio::any_io_executor& executor, Options options);

  void start();
  // The log has grown: by this batch of its process, or somehow.
  void appended(std::shared_ptr<const Batch> batch);
  void poke();
  // Returns when nothing of it runs any more.
  boost::asio::awaitable<void> stop();

  // Why it stands still, or nothing.
  std::string failure() const;
  // Whether it is this process that does it.
  bool projecting() const { return projecting_; }
  // All up to here is in the tree, as far as this process knows.
  Position position() const { return position_; }

 private:
  using Clock = std::chrono::steady_clock;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> take_lock();
  boost::asio::awaitable<bool> load();
  boost::asio::awaitable<void> project();
  boost::asio::awaitable<bool> step();
  boost::asio::awaitable<void> write(std::uint64_t before);
  boost::asio::awaitable<void> rest();
  boost::asio::awaitable<void> wait(std::chrono::milliseconds time, bool until_poked);
  boost::asio::awaitable<bool> grow_from_log(std::int64_t most);
  void grow(const std::vector<AuditedEvent>& events);
  void add(const Digest& leaf);
  void take_appended();
  void wake();
  bool is_due(std::uint64_t size) const;
  void remember(const Checkpoint& checkpoint, const std::string& note);
  void trouble(const std::string& message);

  Options options_;
  PgPipeline::Strand strand_;
  std::shared_ptr<PgPipeline> connection_;  // holds the advisory lock while it projects
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer stopped_;
  AuditIdentity identity_;
  BatchInbox inbox_;
  LeafTail tail_;
  TiledTree tree_;
  Digest last_leaf_{};                          // the tree's newest
  Checkpoint signed_;                           // the newest
  Checkpoint seen_;                             // the newest that was made here or found good
  std::optional<Clock::time_point> signed_at_;  // when this process did so
  std::atomic<bool> projecting_{false};
  std::atomic<Position> position_{0};
  bool grown_ = false;
  bool untold_ = false;       // by others, since the log was read
  bool until_poked_ = false;  // it waits for no other reason
  bool stopping_ = false;
  bool running_ = false;
  std::string trouble_;
  mutable std::mutex failure_mutex_;
  std::string failure_;
};

}  // namespace usermeta
