#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "projections/batch_inbox.hpp"
#include "projections/checkpoint_watch.hpp"
#include "projections/log_tail.hpp"
#include "projections/user_metadata_batch.hpp"
#include "store/pg_pipeline.hpp"
#include "store/postgres_log.hpp"

namespace usermeta {

// Keeps the read model of users' metadata: follows the log from the checkpoint, which is committed together
// with what the events did to the table. Of all processes on the database one projects (an advisory lock
// decides); the others learn the checkpoint from the database when somebody waits for it. An event that it
// cannot read stops it: it says so (`failure`, the table `projections`, on_trouble) and tries again from the
// same place, so that a newer program or an operator can mend it; it never skips one.
//
// While nobody waits for the read model it lets events gather for some milliseconds, so that one transaction
// does for many of them; whoever waits has it begin at once.
//
// Threads: all on one strand; `appended`, `poke` and `failure` from any.
class UserMetadataProjector {
 public:
  struct Options {
    std::string conninfo;
    std::string process;  // as for PostgresLog
    // A trouble began (its message), or is over (empty).
    std::function<void(const std::string&)> on_trouble;
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connections
  };

  UserMetadataProjector(const boost::asio::any_io_executor& executor, Options options,
                        std::shared_ptr<CheckpointWatch> watch);

  void start();
  // This process has appended that to the log.
  void appended(std::shared_ptr<const Batch> batch);
  // The log has grown otherwise.
  void poke();
  // Returns when nothing of it runs any more.
  boost::asio::awaitable<void> stop();

  // Why it stands still, or nothing. Any thread.
  std::string failure() const;
  // Whether it is this process that projects. Any thread.
  bool projecting() const { return projecting_; }

 private:
  // What ends a wait before its time: nothing, that the log has grown, or only that somebody waits for it.
  enum class Rest : std::uint8_t { none, idle, gathering, watching };
  // What comes next in the log, as far as it can be applied, and what stands in the way of the rest.
  struct Next {
    UserMetadataBatch changes;
    bool more = false;  // is there, behind it
    std::string failure;
  };

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> project();
  boost::asio::awaitable<bool> step();
  boost::asio::awaitable<Next> next();
  Next next_from_tail(const std::vector<std::shared_ptr<const Batch>>& batches) const;
  boost::asio::awaitable<Next> next_from_log();
  boost::asio::awaitable<void> gather();
  boost::asio::awaitable<bool> take_lock();
  boost::asio::awaitable<void> watch_others();
  boost::asio::awaitable<void> record_failure(const std::string& failure);
  boost::asio::awaitable<void> wait(std::chrono::milliseconds time, Rest rest);
  void trouble(const std::string& message);
  void take_appended();
  void wake(bool wanted);

  Options options_;
  PgPipeline::Strand strand_;
  std::shared_ptr<CheckpointWatch> watch_;
  std::shared_ptr<PgPipeline> table_;  // holds the advisory lock while it projects
  PostgresLog log_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer stopped_;
  Position position_ = 0;
  BatchInbox inbox_;
  LogTail tail_;                         // kept while it projects
  std::atomic<bool> projecting_{false};  // it is this process that does
  bool grown_ = false;                   // the log has, or somebody waits, since the last step began
  Rest rest_ = Rest::none;
  bool stopping_ = false;
  bool running_ = false;
  std::string trouble_;
  mutable std::mutex failure_mutex_;
  std::string failure_;
};

}  // namespace usermeta
