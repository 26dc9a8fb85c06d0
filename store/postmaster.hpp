#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

#include "store/child_process.hpp"
#include "store/postgres_binaries.hpp"
#include "store/postgres_cluster.hpp"

namespace usermeta {

// What a server wrote to its cluster's postmaster.pid: lines of pid, cluster directory, start time, port,
// socket directory, listen address, shared memory key, status. PostgreSQL: src/include/utils/pidfile.h.
struct PostmasterFile {
  pid_t pid = -1;
  std::string status;  // starting, stopping, ready, standby; empty while the server has not written it yet
};

// One PostgreSQL server process (the postmaster), started by us or found running. Its end is seen through a
// pidfd, so a process id that is used again is never taken for it. Ending this object leaves the server
// running. Used by one thread at a time.
class Postmaster {
 public:
  // Starts a server on the prepared cluster. Throws std::runtime_error.
  static Postmaster start(const ClusterLayout& layout, const PostgresBinaries& binaries, const OsUser& user);
  // The live server of that cluster, whoever started it; nothing when there is none. Throws
  // std::runtime_error when the cluster may not be read.
  static std::optional<Postmaster> find(const ClusterLayout& layout);

  enum class State { ready, dead, interrupted };
  // Blocks until the server accepts connections, has ended, or `interrupt` (a descriptor) becomes readable.
  // Recovery after a crash can take minutes: `progress` is called every 10 s meanwhile.
  State wait_ready(int interrupt, const std::function<void()>& progress) const;
  // Blocks until the server has ended, `interrupt` becomes readable or the time is over.
  State wait_end(int interrupt, std::chrono::milliseconds limit) const;

  // Whether it accepts connections, as it says itself; false also when it has ended.
  bool is_ready() const;
  bool has_ended() const;
  // Harmless when it has ended.
  void signal(int number) const;
  // To be called once, when it has ended: how, as far as it can be known ("signal 9"). Collects the child.
  std::string reap() const;

  pid_t pid() const { return process_.pid; }
  int pidfd() const { return process_.pidfd.get(); }

 private:
  Postmaster(std::filesystem::path cluster, ChildProcess process)
      : cluster_(std::move(cluster)), process_(std::move(process)) {}

  std::filesystem::path cluster_;
  ChildProcess process_;
};

// Nothing when there is no such file. Throws std::runtime_error when it may not be read.
std::optional<PostmasterFile> read_postmaster_file(const std::filesystem::path& cluster);

}  // namespace usermeta
