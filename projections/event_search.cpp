#include "projections/event_search.hpp"

#include <array>
#include <set>

#include "store/log_rows.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// The last position whose event is earlier than $1, found by halving.
constexpr PgStatement kBefore{
    "position_before",
    "WITH RECURSIVE halves (low, high) AS (SELECT 0::bigint, position FROM log_head UNION ALL"
    "  SELECT CASE WHEN e.created_at < $1::timestamptz THEN h.middle ELSE h.low END,"
    "   CASE WHEN e.created_at < $1::timestamptz THEN h.high ELSE h.middle - 1 END"
    "  FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halves WHERE low < high) h,"
    "   LATERAL (SELECT created_at FROM events WHERE position = h.middle LIMIT 1) e)"
    " SELECT low FROM halves WHERE low = high"};

// $1 and $2 positions, $3 sequence, $4 editor, $5 types, $6 aggregate types, $7 owner, $8 limit, $9 id.
#define USERMETA_MATCHING                                                      \
  "position > $1::bigint AND position <= $2::bigint AND sequence > $3::bigint" \
  " AND ($4::text = '' OR creator = $4::text)"                                 \
  " AND (cardinality($5::text[]) = 0 OR type = ANY ($5::text[]))"              \
  " AND (cardinality($6::text[]) = 0 OR aggregate_type = ANY ($6::text[]))"    \
  " AND ($7::text = '' OR owner = $7::text)"

// What is too large for an answer stays in the database.
#define USERMETA_FOUND(events, direction)                                                                \
  "SELECT position, aggregate_type, aggregate_id, sequence, type, revision, created_at, creator, owner," \
  " CASE WHEN sum(octet_length(payload)) OVER () <= 3145728 THEN payload ELSE '' END, salt, request_id," \
  " traceparent, client_address, sum(octet_length(payload)) OVER ()::bigint FROM " events                \
  " found ORDER BY position " direction

#define USERMETA_IN_LOG(direction)                                                                \
  USERMETA_FOUND("(SELECT * FROM events WHERE " USERMETA_MATCHING " ORDER BY position " direction \
                 " LIMIT $8::bigint)",                                                            \
                 direction)

// An aggregate's sequences rise with its positions; an id may belong to aggregates of several types.
#define USERMETA_IN_AGGREGATE(direction)                                                      \
  USERMETA_FOUND(                                                                             \
      "(SELECT e.* FROM (VALUES ('instance'), ('org'), ('user')) a (type) CROSS JOIN LATERAL" \
      " (SELECT * FROM events WHERE aggregate_id = $9::text AND aggregate_type = a.type"      \
      "  AND " USERMETA_MATCHING " ORDER BY sequence " direction                              \
      " LIMIT $8::bigint) e"                                                                  \
      " ORDER BY position " direction " LIMIT $8::bigint)",                                   \
      direction)

// By oldest_first.
constexpr std::array kInLog{PgStatement{"search_newest", USERMETA_IN_LOG("DESC")},
                            PgStatement{"search_oldest", USERMETA_IN_LOG("ASC")}};
constexpr std::array kInAggregate{PgStatement{"search_aggregate_newest", USERMETA_IN_AGGREGATE("DESC")},
                                  PgStatement{"search_aggregate_oldest", USERMETA_IN_AGGREGATE("ASC")}};

constexpr PgStatement kFirstEvents{"first_events",
                                   "SELECT aggregate_id, type, revision, payload FROM events"
                                   " WHERE aggregate_id = ANY ($1::text[]) AND aggregate_type = 'user'"
                                   " AND sequence = 1"};

// PostgreSQL's for a statement that has been at it for as long as it may.
constexpr std::string_view kTimeOver = "57014";

asio::awaitable<Position> position_before(PgPipeline& pipeline, Time time) {
  const PgRows rows = co_await query(pipeline, kBefore, PgParams().time(time));
  if (rows.size() == 0) throw UnreadableEvent("the log has a gap");
  co_return rows.int8(0, 0);
}

struct NameOf {
  std::string operator()(const HumanAdded& human) const { return human.display_name; }
  std::string operator()(const MachineAdded& machine) const { return machine.name; }
  template <class NoName>
  std::string operator()(const NoName&) const {
    return {};
  }
};

asio::awaitable<std::map<std::string, std::string>> names_of(PgPipeline& pipeline,
                                                             const std::vector<Recorded>& events) {
  std::set<std::string_view> ids;
  for (const Recorded& event : events) ids.insert(event.creator);
  const PgRows rows = co_await query(pipeline, kFirstEvents, PgParams().texts({ids.begin(), ids.end()}));
  std::map<std::string, std::string> names;
  for (int row = 0; row < rows.size(); ++row) {
    const Event first = decode_payload(rows.bytes(row, 1), rows.int2(row, 2), rows.bytes(row, 3));
    names.emplace(rows.text(row, 0), std::visit(NameOf{}, first));
  }
  co_return names;
}

asio::awaitable<PgRows> matching(PgPipeline& pipeline, const EventSearch& search) {
  Position after = 0;
  Position until = INT64_MAX;
  if (search.since) after = co_await position_before(pipeline, *search.since + std::chrono::microseconds(1));
  if (search.until) until = co_await position_before(pipeline, *search.until);
  PgParams params;
  params.int8(after).int8(until).int8(search.above).text(search.editor);
  params.texts({search.types.begin(), search.types.end()});
  params.texts({search.aggregate_types.begin(), search.aggregate_types.end()});
  params.text(search.owner).int8(search.limit);
  const auto order = static_cast<std::size_t>(search.oldest_first);
  if (search.aggregate_id.empty()) co_return co_await query(pipeline, kInLog.at(order), std::move(params));
  params.text(search.aggregate_id);
  co_return co_await query(pipeline, kInAggregate.at(order), std::move(params));
}

}  // namespace

asio::awaitable<std::variant<EventsFound, NotFound>> search_events(PgPipeline& pipeline,
                                                                   const EventSearch& search) {
  EventsFound found;
  try {
    const PgRows rows = co_await matching(pipeline, search);
    if (rows.size() == 0) co_return found;
    if (rows.int8(0, kEventColumns) > static_cast<std::int64_t>(kMostFoundBytes))
      co_return NotFound::too_large;
    for (int row = 0; row < rows.size(); ++row) found.events.push_back(recorded_at(rows, row));
    found.editors = co_await names_of(pipeline, found.events);
  } catch (const StatementFailed& failed) {
    if (failed.sqlstate() != kTimeOver) throw;
    co_return NotFound::takes_too_long;
  }
  co_return found;
}

}  // namespace usermeta
