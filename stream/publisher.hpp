#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "store/pg_pipeline.hpp"
#include "store/postgres_log.hpp"
#include "stream/kafka_thread.hpp"
#include "stream/publication.hpp"

namespace usermeta {

// Tells Kafka of every event, once and in order. Of all processes on the database one publishes to a topic
// (an advisory lock decides); one that has lost the lock without knowing is fenced by the transactional id.
// It follows the log from the position that Kafka has committed. Whatever Kafka does, the log goes on: the
// publisher tries again until it can, with what it needs of memory bounded.
//
// Threads: `poke` and `figures` from any; the rest on the strand, but for the publication, which waits for
// Kafka on a thread of its own. While something runs there, the strand does not look at it.
class Publisher {
 public:
  struct Options {
    std::string conninfo;
    std::string process;  // as for PostgresLog
    // `source.instance`, `on_error` and `on_retry` are the publisher's own.
    Publication::Options publication;
    // A trouble began (its message), or is over (empty).
    std::function<void(const std::string&)> on_trouble;
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connections
  };

  struct Figures {
    bool publishing = false;           // this process is the one, whether or not Kafka is there
    std::optional<Position> position;  // up to here all is committed; known when it has been read back
    Position checkpoint = 0;           // of that, up to here a checkpoint is there as well
    std::string error;                 // why it does not get on, or nothing
    // Since the start:
    std::uint64_t transactions = 0;
    std::uint64_t retries = 0;    // something had to be waited for or done again
    std::uint64_t oversized = 0;  // records that were published without their data
  };

  Publisher(const boost::asio::any_io_executor& executor, Options options);

  void start();
  // The log has grown.
  void poke();
  // Returns when nothing of it runs any more.
  boost::asio::awaitable<void> stop();

  Figures figures() const;
  const std::string& topic() const { return options_.publication.topic; }

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> take_lock();
  boost::asio::awaitable<std::string> instance();
  boost::asio::awaitable<void> publish();
  boost::asio::awaitable<bool> catch_up();
  boost::asio::awaitable<void> follow_to_end();
  boost::asio::awaitable<void> publish_checkpoints();
  boost::asio::awaitable<void> close();
  boost::asio::awaitable<void> wait(std::chrono::milliseconds time, bool until_grown);
  bool may_go_on() const { return !stopping_ && lock_->losses() == losses_; }
  void connection_failed(const std::string& error);
  void retried(const std::string& why);
  void trouble(const std::string& message);
  void went_well();

  Options options_;
  PgPipeline::Strand strand_;
  std::shared_ptr<PgPipeline> lock_;  // holds the advisory lock while it publishes
  std::uint64_t losses_ = 0;          // of the lock's connection, when the lock was taken
  PostgresLog log_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer stopped_;
  bool grown_ = false;          // the log has, since it was read last
  bool waits_for_log_ = false;  // what `wake_` is waiting for
  bool stopping_ = false;
  bool running_ = false;
  std::stop_source stop_;
  KafkaThread kafka_;
  std::unique_ptr<Publication> publication_;  // on kafka_'s thread

  mutable std::mutex mutex_;  // guards all below
  Figures figures_;
  std::chrono::steady_clock::time_point waiting_since_;
  std::string connection_error_;           // the last, since something went well
  std::string told_;                       // to on_trouble
  std::uint64_t transactions_before_ = 0;  // of publications that are closed
  std::uint64_t oversized_before_ = 0;
};

}  // namespace usermeta
