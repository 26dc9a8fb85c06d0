#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "store/log_reader.hpp"
#include "store/pg_pipeline.hpp"
#include "store/postgres_log.hpp"
#include "stream/kafka_thread.hpp"
#include "stream/publication.hpp"

namespace usermeta {

// History told once more: the log as it is when this begins, into a topic of its own. As with every
// publication Kafka keeps how far it is: an interrupted one goes on when it is begun again, and one that is
// done publishes nothing twice.
//
// Threads: all on the strand, which is the executor, but for the publication; its `on_error` and `on_retry`
// are called while the strand waits for Kafka.
class Republication {
 public:
  struct Options {
    std::string conninfo;
    std::string process;  // as for PostgresLog
    // `source.instance` is found in the log.
    Publication::Options publication;
    Position from = 1;  // where it begins when the topic has no position yet
    // So many events are committed, of so many that there are to publish.
    std::function<void(std::int64_t done, std::int64_t of)> on_progress;
  };

  struct Result {
    Position begin = 0;           // what was published is behind it
    Position end = 0;             // up to here all is committed
    Position head = 0;            // of the log when it began
    bool complete = false;        // or it was stopped
    std::uint64_t oversized = 0;  // events that went without their data
  };

  Republication(PgPipeline::Strand strand, Options options);

  // Once. Returns when all is published or it was stopped. Throws std::runtime_error: when somebody else
  // publishes to the topic, when there is no event `from`, and for all that cannot be waited for.
  boost::asio::awaitable<Result> run();
  // `run` is to return soon.
  void stop();

 private:
  boost::asio::awaitable<void> publish();
  boost::asio::awaitable<void> claim();
  boost::asio::awaitable<void> open();
  boost::asio::awaitable<void> go_on();
  boost::asio::awaitable<Page> next_page(LogReader& reader, Position after);
  void committed();

  Options options_;
  PgPipeline::Strand strand_;
  std::shared_ptr<PgPipeline> lock_;  // holds the advisory lock
  std::uint64_t losses_ = 0;          // of the lock's connection, when the lock was taken
  PostgresLog log_;
  bool stopping_ = false;
  std::stop_source stop_;
  Result result_;
  KafkaThread kafka_;
  std::unique_ptr<Publication> publication_;  // on kafka_'s thread
};

}  // namespace usermeta
