#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace usermeta {

// The service's threads, each with an executor of its own: what runs on one of them runs one after the other,
// and needs neither a strand nor a lock that another thread would be waiting for.
class WorkerThreads {
 public:
  explicit WorkerThreads(unsigned count);
  ~WorkerThreads();

  // At least one.
  std::vector<boost::asio::any_io_executor> executors() const;

  // Lets what is left run to its end, or stops it in the middle. The first thread ends last: until then the
  // others may ask something of it, and it no longer asks anything of them.
  void join(bool finished);

 private:
  struct Worker {
    // One thread: handlers that it hands to itself take no lock.
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread{[this] { context.run(); }};
  };
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace usermeta
