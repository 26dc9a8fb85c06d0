#include "cli/worker_threads.hpp"

#include <algorithm>

namespace usermeta {

WorkerThreads::WorkerThreads(unsigned count) {
  for (unsigned i = 0; i < std::max(count, 1U); ++i) workers_.push_back(std::make_unique<Worker>());
}

WorkerThreads::~WorkerThreads() {
  join(false);
  // What is destroyed with a context may refer to the first one's.
  while (!workers_.empty()) workers_.pop_back();
}

std::vector<boost::asio::any_io_executor> WorkerThreads::executors() const {
  std::vector<boost::asio::any_io_executor> executors;
  for (const auto& worker : workers_) executors.emplace_back(worker->context.get_executor());
  return executors;
}

void WorkerThreads::join(bool finished) {
  for (std::size_t i = workers_.size(); i-- > 0;) {
    Worker& worker = *workers_[i];
    worker.work.reset();
    if (!finished) worker.context.stop();
    if (worker.thread.joinable()) worker.thread.join();
  }
}

}  // namespace usermeta
