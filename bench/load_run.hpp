#pragma once

#include <memory>
#include <vector>

#include "bench/connection.hpp"
#include "bench/options.hpp"
#include "bench/questions.hpp"
#include "bench/schedule.hpp"
#include "bench/statistics.hpp"

namespace usermeta::bench {

// One load: asks on all its connections as the schedule says until that is over and all is answered. One
// thread, which waits in epoll.
class LoadRun final : private Answers {
 public:
  // Connects. Throws std::system_error.
  explicit LoadRun(const Options& options);
  ~LoadRun() override;
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  // Throws WrongAnswer, or std::system_error when a connection breaks.
  Statistics run();

 private:
  // Room for one request.
  struct Room {
    Connection* connection;
    Clock::time_point since;
  };

  void answered(Connection& connection, const Question& question, Outcome outcome) override;
  void add_room(Room room);
  // Asks what is due, as far as there is room.
  void ask_due(Clock::time_point now);
  // Waits until a socket is ready or a request is due, and takes the answers in.
  void wait();
  void look_at_usage(Clock::time_point now);

  const Options& options_;
  Questions questions_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  // A ring: the longest free first, so that all connections take their turn.
  std::vector<Room> rooms_;
  std::size_t first_free_ = 0;
  std::size_t free_ = 0;
  std::vector<Connection*> asked_;  // and not flushed yet
  std::size_t under_way_ = 0;
  Clock::time_point last_answer_;  // or when the first was asked
  Statistics statistics_;
  bool usage_before_ = false, usage_after_ = false;  // was looked at
  Schedule schedule_;
};

}  // namespace usermeta::bench
