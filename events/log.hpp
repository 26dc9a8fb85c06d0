#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "events/recorded.hpp"

namespace usermeta {

// The log's newest event: the one version that every decision rests on. All zero for an empty log.
struct Head {
  Position position = 0;
  Salt salt{};
  Time created_at{};
};

// A name that only one aggregate may hold at a time. `name` is folded already (see fold_name).
struct Name {
  std::string scope;  // "user" or "org"
  std::string name;
  friend auto operator<=>(const Name&, const Name&) = default;
};

// What one transaction appends.
struct Batch {
  Head known;                    // written only while this is the log's head
  Time created_at{};             // of all its events; never before known.created_at
  std::vector<NewEvent> events;  // may be empty: then the batch only asks whether `known` is the head
  std::vector<std::pair<Name, std::string>> claims;  // name, id of its new holder
  std::vector<Name> releases;
};

enum class Appended {
  written,  // committed and durable (or, for a batch without events: `known` is the head)
  missed,   // the head is another; nothing was written
};

// What a decision needs of an aggregate that is not in memory.
struct Needed {
  AggregateId aggregate;
  bool header = false;  // its first and last event and the last of "state", "email", "metadata", metadata/*
  std::vector<std::string> slots;  // and the last event of each of these
};

// An event as decisions see it: the value of a metadata event by its digest only.
struct Fact {
  AggregateId aggregate;
  Sequence sequence = 0;
  Time created_at{};
  std::string owner;
  Event event;
};

struct Loaded {
  std::vector<Fact> facts;  // by aggregate and sequence; none for what does not exist
  std::vector<Name> taken;  // those of the names asked for that have a holder
};

struct Page {
  std::vector<Recorded> events;
  bool end = true;  // nothing more was there at some moment of the call
};

// The log of one database. Every function returns at once and calls `done` later, once, from the log's own
// thread of execution; an outage arrives there as an exception. After an outage of `append` the outcome is
// unknown: the batch may be in the log or may still get there, until a `lock` has returned.
class Log {
 public:
  template <class T>
  using Done = std::function<void(std::exception_ptr, T)>;

  virtual ~Log() = default;

  virtual void head(Done<Head> done) = 0;

  // The events after that position, oldest first, a bounded number of them (in events and bytes).
  virtual void read(Position after, Done<Page> done) = 0;

  // The same for events that change who may do what, up to and including position `until`.
  virtual void read_access(Position after, Position until, Done<Page> done) = 0;

  // Loads are answered in the order of the calls.
  virtual void load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) = 0;

  // Compare-and-append: all of the batch, or nothing. Batches take effect in the order of the calls. While
  // this log object holds the lock, a successful append also releases it. The batch is not looked at any more
  // when the call has returned.
  virtual void append(const Batch& batch, Done<Appended> done) = 0;

  // Waits until no other process is appending, and keeps others from it until the next append or `unlock`.
  virtual void lock(Done<Head> done) = 0;
  virtual void unlock(Done<Head> done) = 0;
};

}  // namespace usermeta
