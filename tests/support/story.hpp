#pragma once

#include <string>

#include "events/recorded.hpp"
#include "support/sql.hpp"

namespace usermeta {

inline const MachineAdded kMachine{"bot", "Bot", "", 0};

// What happened to users, written into the log behind the program's back as the program would have: one event
// after the other, each a second after the one before it (from 12:00:01 on) unless told otherwise.
class Story {
 public:
  explicit Story(Sql& sql) : sql_(sql) {}

  Story& operator()(const std::string& user, const Event& event) {
    const EventType& type = type_of(event);
    sql_.run("BEGIN; UPDATE log_head SET position = position + 1, created_at = " + time("position + 1") +
             "; INSERT INTO events SELECT position, 'user', " + text(user) +
             ", 1 + (SELECT count(*) FROM events WHERE aggregate_id = " + text(user) + "), " +
             text(std::string(type.name)) + ", " + std::to_string(type.revision) + ", created_at, " +
             text(creator) + ", " + text(owner) + ", " + text(slot_of(event)) + ", " +
             text(encode_payload(event)) + ", decode(md5(position::text), 'hex'), 'request ' || position," +
             " 'trace ' || position, '192.0.2.7' FROM log_head; COMMIT");
    return *this;
  }
  Story& set(const std::string& user, const std::string& key, const std::string& value) {
    return (*this)(user, MetadataSet{key, Value(value)});
  }
  // So many sets of a user in one go, of keys k0, k1 ... in turn, with their numbers (from 1) as values.
  Story& many_sets(const std::string& user, int count, int keys) {
    const std::string n = std::to_string(count);
    sql_.run(
        "BEGIN; INSERT INTO events SELECT h.position + n, 'user', " + text(user) +
        ", (SELECT count(*) FROM events WHERE aggregate_id = " + text(user) +
        ") + n, 'user.metadata.set', 2, " + time("h.position + n") + ", " + text(creator) + ", " +
        text(owner) + ", 'metadata/k' || n % " + std::to_string(keys) + ", '{\"key\":\"k' || n % " +
        std::to_string(keys) + " || '\",\"value\":\"' || encode(n::text::bytea, 'base64') || '\"}'," +
        " decode(md5((h.position + n)::text), 'hex'), 'r', 't', 'a' FROM log_head h, generate_series(1, " +
        n + ") n; UPDATE log_head SET position = position + " + n +
        ", created_at = " + time("position + " + n) + "; COMMIT");
    return *this;
  }

  std::string creator = "creator";
  std::string owner = "o";
  // The moment of the event at a position, as SQL.
  std::string seconds = "interval '1 second'";

 private:
  static std::string text(const std::string& value) {
    std::string quoted = "'";
    for (const char c : value) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return quoted + "'";
  }
  std::string time(const std::string& position) const {
    return "timestamptz '2025-05-04 12:00+00' + " + seconds + " * (" + position + ")";
  }

  Sql& sql_;
};

}  // namespace usermeta
