#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "projections/checkpoint_watch.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Sees to it that what the log's events ask to be erased is taken out of it (see projections/value_erasure):
// at once when somebody waits for it, and soon when the process that was at it has died.
//
// Threads: all on one strand; `carried_out` from any.
class ValueEraser {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    // A trouble began (its message), or is over (empty).
    std::function<void(const std::string&)> on_trouble;
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connections
    // How often it looks for what a process that has died left behind.
    std::chrono::milliseconds look{5000};
  };
  ValueEraser(const boost::asio::any_io_executor& executor, Options options);

  void start();

  // Returns once what the event at that position asks for is gone: how many values it has taken out. Throws
  // Outage when that takes longer than `patience`: it will be done nevertheless.
  boost::asio::awaitable<std::int64_t> carried_out(Position erasure, std::chrono::milliseconds patience);

  // Returns when nothing of it runs any more.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> carry_out_all();
  void trouble(const std::string& message);

  Options options_;
  PgPipeline::Strand strand_;
  std::shared_ptr<CheckpointWatch> watch_;
  std::shared_ptr<PgPipeline> erasing_;
  std::shared_ptr<PgPipeline> counting_;  // which needs not wait for another erasure
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer stopped_;
  bool asked_ = false;  // since it looked last
  bool stopping_ = false;
  bool running_ = false;
  std::string trouble_;
};

}  // namespace usermeta
