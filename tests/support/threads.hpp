#pragma once

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

namespace usermeta {

// An executor with threads of its own, as the service has.
class Threads {
 public:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;

  explicit Threads(int count = 1) : work_(context_.get_executor()) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  ~Threads() { join(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  boost::asio::any_io_executor executor() { return context_.get_executor(); }
  Strand strand() { return boost::asio::make_strand(executor()); }

  template <class T>
  std::future<T> spawn(boost::asio::awaitable<T> work) {
    return boost::asio::co_spawn(context_, std::move(work), boost::asio::use_future);
  }
  // Runs it to its end and returns or throws what it does. One that hangs throws as well.
  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return get(spawn(std::move(work)));
  }
  template <class T>
  static T get(std::future<T> future) {
    if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
      throw std::runtime_error("hangs");
    return future.get();
  }
  // Does it on the strand and returns when it is done.
  template <class Action>
  static void on(const Strand& strand, Action action) {
    std::promise<void> done;
    boost::asio::post(strand, [&] {
      action();
      done.set_value();
    });
    done.get_future().get();
  }
  // Returns when everything that was to run has run.
  void join() {
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

}  // namespace usermeta
