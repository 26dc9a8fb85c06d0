#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include <boost/asio/thread_pool.hpp>

namespace usermeta {

// The newest checkpoint of the transparency log that the service has seen signed: a signed note in the data
// directory, for the service's successors.
class SeenCheckpoint {
 public:
  // What was kept there, or nothing (""). Throws std::runtime_error that names the file.
  static std::string read(const std::filesystem::path& data);

  // `on_trouble`: a trouble began (its message), or is over (empty); by a thread of its own.
  SeenCheckpoint(const std::filesystem::path& data, std::function<void(const std::string&)> on_trouble);
  // Waits until the last one is kept.
  ~SeenCheckpoint();
  SeenCheckpoint(const SeenCheckpoint&) = delete;
  SeenCheckpoint& operator=(const SeenCheckpoint&) = delete;

  // Returns at once, for a disk may be slow; of several that come meanwhile the last is kept. One that could
  // not be is a trouble until a later one is. Any thread.
  void keep(const std::string& note);

 private:
  void write();

  const std::filesystem::path file_;
  const std::function<void(const std::string&)> on_trouble_;
  std::mutex mutex_;
  std::optional<std::string> waiting_;  // under the mutex
  std::string trouble_;                 // the writer's own
  boost::asio::thread_pool writer_{1};
};

}  // namespace usermeta
