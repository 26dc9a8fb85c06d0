#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// What ZITADEL's event API looks for. What is empty matches every event.
struct EventSearch {
  Sequence above = 0;  // only greater sequences
  std::string editor = {};
  std::vector<std::string> types = {};
  std::string aggregate_id = {};
  std::vector<std::string> aggregate_types = {};
  std::string owner = {};
  std::optional<Time> since = {};  // only later ones
  std::optional<Time> until = {};  // only earlier ones
  std::uint32_t limit = 1000;      // 1 at least
  bool oldest_first = false;
};

struct EventsFound {
  std::vector<Recorded> events;
  // Their editors' names, by id: a human's display name, a machine's name. Who has none is not in it.
  std::map<std::string, std::string> editors;
};

// Why there is no answer: half of one would look like all of it.
enum class NotFound { takes_too_long, too_large };

// Payloads of an answer, in bytes, at most.
inline constexpr std::size_t kMostFoundBytes = 3 * 1024 * 1024;

// Looks through the log, or through one aggregate's events when there is an id. By time it is quick, for
// dates rise with positions; for the rest it reads until it has found enough, or the session's
// statement_timeout is over. The pipeline must outlive the call. Throws Outage and UnreadableEvent.
boost::asio::awaitable<std::variant<EventsFound, NotFound>> search_events(PgPipeline& pipeline,
                                                                          const EventSearch& search);

}  // namespace usermeta
