#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "store/data_directory.hpp"
#include "store/postgres_cluster.hpp"
#include "store/postmaster.hpp"

namespace usermeta {

// A PostgreSQL cluster of our own below a data directory, on a unix socket only. While it runs, a thread of
// its own waits for the server's end and starts it again.
//
// Threads: start() and stop() belong to one thread (the program's main), the destructor too. alive(),
// connection_string() and interrupt() may be called from any thread. The callback is called by the thread
// that runs start() or stop(), and by the supervising thread: never by both at the same time.
class EmbeddedPostgres {
 public:
  struct Options {
    // Where `postgres` and `initdb` are; looked for when not given.
    std::optional<std::filesystem::path> binaries;
    // Comes after our own settings; with fsync off, initdb does not sync either (for tests).
    PostgresSettings settings;
    // Takes one line at a time, without a line end.
    std::function<void(std::string)> log;
  };

  // The directory must be locked, and outlive this object.
  EmbeddedPostgres(const DataDirectory& data, Options options);
  // As stop().
  ~EmbeddedPostgres();
  EmbeddedPostgres(const EmbeddedPostgres&) = delete;
  EmbeddedPostgres& operator=(const EmbeddedPostgres&) = delete;

  // Makes the cluster when there is none (seconds), starts the server or takes over one that a killed process
  // left running, waits through its recovery, makes the database, and begins to supervise. Blocks. Throws
  // std::runtime_error whose message names the thing and the way out.
  void start();

  // Makes a start() that is under way throw, and ends supervision without stopping the server. Any thread;
  // also from a signal handler. stop() still has to be called.
  void interrupt() noexcept;

  // Stops the server: fast shutdown, after 30 s an immediate one, after 10 s more a kill. Blocks; does
  // nothing when it is not running. No start() after it.
  void stop();

  // Whether the server accepts connections, as far as is known. False while it is being started again.
  bool alive() const { return alive_.load(std::memory_order_acquire); }

  // libpq's conninfo of database `usermeta`.
  std::string connection_string() const { return layout_.connection_string(); }

  // For operators' commands beside a running service: the conninfo when a live server serves this directory.
  // Throws std::runtime_error when the caller may not look into the cluster.
  static std::optional<std::string> running_connection_string(const DataDirectory& data);

 private:
  using Milliseconds = std::chrono::milliseconds;

  // Brings a server up, retrying with growing pauses. `first` throws for what trying again cannot mend. False
  // when interrupted.
  bool bring_up(bool first);
  void create_database() const;
  void supervise();
  void shut_down();
  bool pause(Milliseconds time) const;
  void bound_log() const;
  std::string log_tail(std::uintmax_t from) const;
  void say(std::string line) const;

  const DataDirectory& data_;
  const Options options_;
  const ClusterLayout layout_;
  // An eventfd that stays readable once interrupt() was called.
  const FileDescriptor interrupt_;
  std::atomic<bool> alive_ = false;

  // The supervising thread's while it runs, the main thread's before it starts and after it is joined.
  OsUser user_;
  PostgresBinaries binaries_;
  std::optional<Postmaster> postmaster_;

  std::jthread supervisor_;
};

}  // namespace usermeta
