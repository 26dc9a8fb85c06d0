#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "store/pg_pipeline.hpp"

namespace usermeta {

// What an operator's command needs to ask the database: one connection, and an executor that runs one
// coroutine on it to its end. One thread.
class CommandConnection {
 public:
  explicit CommandConnection(PgPipeline::Options options)
      : pipeline_(std::make_shared<PgPipeline>(
            boost::asio::make_strand(boost::asio::any_io_executor(context_.get_executor())),
            std::move(options))) {}

  PgPipeline& pipeline() { return *pipeline_; }

  // Once. Closes the connection behind the work, and calls `at_end` for what else is to be closed. Throws
  // what the work throws.
  template <class T, class AtEnd>
  T run(boost::asio::awaitable<T> work, AtEnd at_end) {
    std::exception_ptr failure;
    T result{};
    boost::asio::co_spawn(pipeline_->strand(), std::move(work),
                          [&](const std::exception_ptr& error, T value) {
                            failure = error;
                            result = std::move(value);
                            pipeline_->close();
                            at_end();
                          });
    context_.run();
    if (failure) std::rethrow_exception(failure);
    return result;
  }
  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return run(std::move(work), [] {});
  }
  void run(boost::asio::awaitable<void> work) {
    std::exception_ptr failure;
    boost::asio::co_spawn(pipeline_->strand(), std::move(work), [&](const std::exception_ptr& error) {
      failure = error;
      pipeline_->close();
    });
    context_.run();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  boost::asio::io_context context_;
  std::shared_ptr<PgPipeline> pipeline_;
};

}  // namespace usermeta
