#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "commands/aggregate_cache.hpp"
#include "commands/command.hpp"
#include "commands/command_figures.hpp"
#include "commands/needs.hpp"
#include "events/log.hpp"

namespace usermeta {

using Ticket = std::uint64_t;

struct Answered {
  Ticket ticket;
  Answer answer;
};

// What the command handler wants done next. Each is answered by the call named behind it, or by `outage`.
struct WantHead {};  // head_is
struct WantFollow {  // followed (any number of times), then follow_ended
  Position after;
  bool lock;  // take the log's lock first
};
struct WantLoad {  // loaded, or load_failed
  std::vector<Needed> aggregates;
  std::vector<Name> names;
};
struct WantAppend {  // appended
  Batch batch;
};
struct WantUnlock {};  // unlocked
using Want = std::variant<WantHead, WantFollow, WantLoad, WantAppend, WantUnlock>;

// Turns commands into events: load -> decide -> append, many commands a batch, some batches under way at a
// time. It does no I/O: it is told things and says what it wants. Not thread-safe; whoever drives it has one
// strand for it.
//
//   submit ──> queue ──> forming ── WantLoad ──> decided ── WantAppend ──> in flight ──written──> answers
//                ^                                                            │ missed, outage
//                └──────────────── again, after WantFollow ───────────────────┘
//
// Every decision rests on the head that its batch names. A batch that misses takes those behind it along; the
// aggregates that they touched are forgotten, the events that were missed are read, and the commands are
// decided again in the same order, now under the log's lock. After an outage the batches under way may or may
// not be in the log: those whose events are met while following are answered, the others are decided again.
class CommandHandler {
 public:
  struct Options {
    std::size_t batch_commands = 512;
    std::size_t batch_bytes = 4 << 20;
    std::size_t batches_in_flight = 2;
    std::size_t cache_bytes = 128 << 20;
    // Beyond these, submit refuses. Four batches: those under way, and as many again to follow them at once.
    // What more there were would only wait for longer.
    std::size_t pending_commands = 2'048;
    std::size_t pending_bytes = 16 << 20;
    std::function<Salt()> new_salt;
  };
  using Deadline = std::chrono::steady_clock::time_point;

  explicit CommandHandler(Options options);

  // Takes a command whose limits were checked. Nothing: too much is pending, and nothing was taken.
  std::optional<Ticket> submit(CommandRequest request);
  // Whether it would take a small one.
  bool has_room() const;

  void head_is(const Head& head);
  void followed(std::span<const Recorded> events);
  void follow_ended();
  void loaded(const Loaded& loaded);
  // The log cannot read what a command needs: the commands of that load are answered Unavailable.
  void load_failed();
  // The outcome of the oldest batch under way.
  void appended(Appended outcome);
  void unlocked();
  // Everything wanted and not answered yet has failed and will not be answered any more.
  void outage();
  // Asks to follow the log when nothing else is to be done, so that idle processes learn what others did.
  void catch_up();
  // Answers Unavailable to the commands whose deadline has passed; those not begun yet never begin.
  void expire(Deadline now);

  // What to do next, or nothing for now. Call it again after each thing told.
  std::optional<Want> next(Time now);
  std::vector<Answered> take_answers() { return std::exchange(answers_, {}); }

  std::size_t pending() const { return pending_; }
  const Head& head() const { return known_; }
  const AggregateCache& cache() const { return cache_; }
  CommandFigures figures() const;

 private:
  struct Pending {
    Ticket ticket;
    CommandRequest request;
    Needs needs;
    std::size_t bytes;
    bool answered = false;  // its deadline passed
  };
  using Commands =
      std::vector<std::unique_ptr<Pending>>;  // a command is large, and goes from one to the next
  struct Flight {
    Head known;                 // rests on it
    Head after;                 // the head once it is written
    std::optional<Salt> first;  // of its first event
    bool changes_access = false;
    Commands commands;
    std::vector<Answer> outcomes;  // one a command, once it is written
  };
  enum class Stage : std::uint8_t { empty, loading, ready };
  // Whether each name is held, as the batch that is being decided sees it, and what it does about it.
  struct NameState {
    bool taken = false;
    bool changed = false;
    std::string holder;
  };

  // command_handler.cpp: what is told
  bool may_begin() const;
  void land(Flight& flight);
  void give_up_batches();
  void put_back(Commands& commands);
  void answer(Pending& pending, Answer answer);
  void expire(Pending& pending, Deadline now);
  // command_batch.cpp: from the queue to a batch
  bool form();
  std::optional<Want> want_load();
  WantAppend decide_formed(Time now);
  Answer decide_one(const Pending& pending, Batch& batch, Flight& flight);
  Done emit(Decided decided, const Pending& pending, Batch& batch, Flight& flight);
  void unpin(const Pending& pending);

  Options options_;
  AggregateCache cache_;
  std::deque<std::unique_ptr<Pending>> queue_;
  Commands forming_;                     // taken from the queue for the next batch; waits for its load
  std::map<AggregateId, Needed> asked_;  // what that load asks for
  std::map<Name, NameState> names_;      // of the batch that is being decided
  std::deque<Flight> in_flight_;         // oldest first
  std::deque<Flight> unknown_;           // under way when an outage came
  std::vector<Answered> answers_;
  Head known_;  // the log's head as far as we know for sure
  Head tip_;    // and once everything in flight is written
  Ticket last_ticket_ = 0;
  std::size_t pending_ = 0;
  std::size_t pending_bytes_ = 0;
  CommandFigures::Since since_;    // see figures()
  std::size_t stale_results_ = 0;  // outcomes to come of batches that were given up
  std::size_t stale_loads_ = 0;    // and loads
  bool started_ = false;           // the head is known
  bool behind_ = false;            // must follow before anything is decided
  bool lock_next_ = false;         // and take the lock when doing so
  bool locked_ = false;
  bool waiting_ = false;        // for a head, a follow or an unlock
  Stage stage_ = Stage::empty;  // of forming_
};

}  // namespace usermeta
