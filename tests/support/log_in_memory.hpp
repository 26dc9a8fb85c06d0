#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "events/log.hpp"
#include "tests/commands/memory_log.hpp"

namespace usermeta {

// What several logs in memory share, as processes share a database.
struct MemoryDatabase {
  MemoryLog events;
  const void* holder = nullptr;               // of the log's lock
  std::deque<std::function<void()>> waiting;  // until nobody holds it
};

// The log in memory behind the interface, with the lock that several processes would share. All on one
// executor with one thread.
class LogInMemory final : public Log {
 public:
  LogInMemory(boost::asio::any_io_executor executor, std::shared_ptr<MemoryDatabase> database)
      : executor_(std::move(executor)), database_(std::move(database)) {}

  void head(Done<Head> done) override;
  void read(Position after, Done<Page> done) override;
  void read_access(Position after, Position until, Done<Page> done) override;
  void load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) override;
  void append(const Batch& batch, Done<Appended> done) override;
  void lock(Done<Head> done) override;
  void unlock(Done<Head> done) override;

 private:
  template <class T>
  void answer(Done<T> done, std::exception_ptr error, T value);
  void when_free(std::function<void()> action);
  void release();

  boost::asio::any_io_executor executor_;
  std::shared_ptr<MemoryDatabase> database_;
};

}  // namespace usermeta
