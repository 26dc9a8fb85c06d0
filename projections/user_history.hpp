#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// What is known now of a value that a key had once.
struct PastValue {
  std::string bytes;
  bool erased = false;  // since; then there are no bytes
  friend bool operator==(const PastValue&, const PastValue&) = default;
};

// An event of a user, as an auditor reads it.
struct Change {
  Position position = 0;
  Sequence sequence = 0;
  Time created_at{};
  std::string type;
  std::string creator;
  std::string creator_name;  // as that user was added; empty when the creator is no user
  Origin origin;
  std::string key;  // the one that it is about; empty: none, or all
  // What that key had before, and has after it.
  std::optional<PastValue> before;
  std::optional<PastValue> after;
};

struct HistoryListing {
  std::string user_id;
  std::string org;       // that the user belongs to
  std::string key = {};  // only what changed that key, or all keys at once; empty: every event of the user
  bool newest_first = false;
  Sequence cursor = 0;        // the page goes on behind that change; 0: from the begin
  std::uint32_t limit = 100;  // 1 at least
  // A page also ends before its payloads have more than so many bytes, but has one change.
  std::size_t bytes = 3 * 1024 * 1024;
};

struct HistoryPage {
  std::vector<Change> changes;
  Sequence next = 0;  // the cursor to go on with
  bool end = false;   // there was no more at the moment of the call
};

// Reads a page of a user's history from the log as it is now, in a time that does not grow with the length of
// the history; a removed user still has one. Nothing when the organisation never had such a user. On a
// session with kByEventIndex, whose pipeline must outlive the call. Throws Outage and UnreadableEvent.
boost::asio::awaitable<std::optional<HistoryPage>> list_user_history(PgPipeline& pipeline,
                                                                     const HistoryListing& listing);

}  // namespace usermeta
