#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/moment.hpp"
#include "projections/user_history.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// A key as it was.
struct PastMetadata {
  std::string key;
  PastValue value;
  // Of the event that had set it.
  Position position = 0;
  Sequence sequence = 0;
  Time changed_at{};
  std::string creator;
};

struct PastListing {
  std::string user_id;
  std::string org;            // that the user belongs to
  std::string after = {};     // the keys behind this one, in the order of their bytes
  std::uint32_t limit = 100;  // 1 at least
  // A page also ends before its payloads have more than so many bytes, but has one key.
  std::size_t bytes = 3 * 1024 * 1024;
};

struct PastPage {
  std::vector<PastMetadata> rows;  // by key
  bool end = false;                // there are no more
};

// What the log says of a moment: everything up to and including a position, whatever came after it but for
// what was erased. All on a session with kByEventIndex, whose pipeline must outlive the call. They throw
// Outage and UnreadableEvent.

// The last position that is not behind that moment; the log's end for one that is to come. By a handful of
// looks, however long the log is: time never goes backwards along it.
boost::asio::awaitable<Position> position_at(PgPipeline& pipeline, Moment moment);

// The user's keys as of that position, in a time that grows with the user's own history. Nothing when the
// organisation never had such a user; no keys when it did not have it yet.
boost::asio::awaitable<std::optional<PastPage>> list_user_metadata_at(PgPipeline& pipeline, Position position,
                                                                      const PastListing& listing);

// One key as of that position, or nothing; by a handful of looks.
boost::asio::awaitable<std::optional<PastMetadata>> user_metadata_at(PgPipeline& pipeline, Position position,
                                                                     const std::string& user_id,
                                                                     const std::string& org,
                                                                     const std::string& key);

}  // namespace usermeta
