#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "commands/command_handler.hpp"
#include "tests/commands/memory_log.hpp"

namespace usermeta {

// Several processes on one log, with everything that may go wrong between them: late loads and outcomes,
// misses, lost connections whose batches land or not, even later, clocks that differ, another's events,
// deadlines, small caches. Every run of a seed is the same.
class Simulation {
 public:
  struct Options {
    int processes = 3;
    int steps = 1500;
    int outages_in_10000 = 40;
    std::size_t cache_bytes = 4000;
    std::size_t batches_in_flight = 2;
  };

  Simulation(unsigned seed, Options options);

  // Random steps; then, without further trouble, until all is quiet.
  void run();
  // Adds a test failure for each broken promise.
  void check();

 private:
  struct Asked {
    CommandRequest request;
    Position submitted_at;
    std::optional<Answer> answer;
    Position answered_at = 0;
  };
  // What was asked of the log and is not done yet, and what is done and not told yet; both in order.
  struct Channel {
    std::deque<Want> asked;
    std::deque<std::function<void(CommandHandler&)>> results;
    bool idle() const { return asked.empty() && results.empty(); }
  };
  struct Process {
    std::unique_ptr<CommandHandler> handler;
    Channel appends;           // and all else that is in order with them
    Channel loads;             // on a connection of their own
    std::deque<Batch> ghosts;  // of a lost connection; may still get there
    std::map<Ticket, std::size_t> tickets;
  };

  // simulation.cpp
  std::size_t any(std::size_t below) { return random_() % below; }
  Time clock();
  void step();
  void submit(Process& process);
  void pump(Process& process);
  void perform(Process& process, Channel& channel);
  bool perform_follow(Process& process, const WantFollow& want);
  void tell(Process& process, Channel& channel);
  void collect(Process& process);
  void outage(Process& process);
  void ghost_arrives(Process& process);
  void foreign_event();
  bool may_append(const Process& process) const { return holder_ == nullptr || holder_ == &process; }
  bool quiet() const;
  Command any_command();

  // simulation_check.cpp
  Decision decide_at(const CommandRequest& request, Position position) const;
  void check_asked(std::size_t index) const;
  void check_events(std::size_t index, const std::vector<Recorded>& events) const;
  void check_log() const;
  void check_caches();

  Options options_;
  std::mt19937 random_;
  MemoryLog log_;
  std::vector<Process> processes_;
  std::vector<Asked> asked_;
  const Process* holder_ = nullptr;  // of the log's lock
  int step_ = 0;
  int last_new_user_ = 0;
};

}  // namespace usermeta
