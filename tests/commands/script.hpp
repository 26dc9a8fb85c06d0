#pragma once

#include <set>
#include <source_location>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "commands/command_handler.hpp"
#include "tests/commands/given.hpp"
#include "tests/commands/memory_log.hpp"

namespace usermeta {

// A command handler and a log, driven step by step: what is submitted, what the handler wants next (anything
// else fails the test), what it is told, what it answers.
class Script {
 public:
  using Where = std::source_location;
  using Deadline = CommandHandler::Deadline;

  // Small batches, and salts that are counted from 1.
  static CommandHandler::Options options();

  explicit Script(CommandHandler::Options with = options());

  MemoryLog log;
  CommandHandler handler;
  Time now = rules::kNoon;
  // Organisations in which nothing is allowed any more.
  std::set<std::string, std::less<>> forbidden;

  // Machine users that are in the log from before.
  void with_users(const std::vector<std::string>& ids);
  // The next event of that user by another process.
  void foreign(const std::string& user, const Event& event);

  Ticket submit(const Command& command, Deadline deadline = Deadline::max());
  Ticket set(const std::string& user, const std::string& key, const std::string& value,
             Deadline deadline = Deadline::max());
  // Whether that command is still kept anywhere.
  bool keeps(Ticket ticket) const;

  template <class Wanted>
  Wanted wants(Where where = Where::current()) {
    auto want = handler.next(now);
    if (want && std::holds_alternative<Wanted>(*want)) return std::move(std::get<Wanted>(*want));
    fail(want, where);
    return {};
  }
  void wants_nothing(Where where = Where::current());

  // A want and its answer. `follow` in pages of `limit` events.
  void start(Where where = Where::current());
  void load(Where where = Where::current());
  void follow(Position after, bool lock, Where where = Where::current());
  void unlock(Where where = Where::current());
  // The batch that it wants appended, after the load that it wants before.
  Batch append(Where where = Where::current());
  // The log takes that batch, or not, and the handler is told.
  void told(const Batch& batch, Appended expected, Where where = Where::current());
  void lands(const Batch& batch, Where where = Where::current()) { told(batch, Appended::written, where); }
  void misses(const Batch& batch, Where where = Where::current()) { told(batch, Appended::missed, where); }

  // The answers since the last call, one a line: "1: 2 at 5" (sequence and position), "2: refused ID",
  // "3: unavailable".
  std::string answers();

 private:
  void fail(const std::optional<Want>& want, Where where) const;

  std::vector<std::weak_ptr<int>> kept_;
};

// The events of a batch, one a line: "USER 2 user.metadata.set {...}".
std::string describe(const Batch& batch);

}  // namespace usermeta
