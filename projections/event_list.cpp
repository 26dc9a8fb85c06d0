#include "projections/event_list.hpp"

#include <algorithm>

#include "store/log_rows.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// $1 after, $2 how many events to look at, $3 types, $4 organisation, $5 limit, $6 bytes, $7 user.
//
// One row at least, which has the look's last position and the log's head; then the events that match, and
// how many they were before the page's bytes cut some off.
#define USERMETA_PAGE(condition, order)                                                                     \
  "SELECT b.until, b.head, page.* FROM b LEFT JOIN (SELECT " USERMETA_EVENT_COLUMNS                         \
  ", rows FROM (SELECT " USERMETA_EVENT_COLUMNS                                                             \
  ", count(*) OVER () AS rows, sum(octet_length(payload)) OVER (ORDER BY position) - octet_length(payload)" \
  " AS before FROM (SELECT * FROM events WHERE " condition                                                  \
  " AND (cardinality($3::text[]) = 0 OR type = ANY ($3::text[])) AND ($4::text = '' OR owner = $4::text)"   \
  " ORDER BY " order                                                                                        \
  " LIMIT $5::bigint) limited) counted WHERE before < $6::bigint) page ON true"                             \
  " ORDER BY position"

constexpr PgStatement kOfLog{
    "list_events",
    "WITH b AS (SELECT position AS head, LEAST(position, $1::bigint + $2::bigint) AS until FROM "
    "log_head) " USERMETA_PAGE("position > $1::bigint AND position <= $1::bigint + $2::bigint", "position")};

#define USERMETA_OF_USER "aggregate_id = $7::text AND aggregate_type = 'user'"

// Sequences are 1, 2, 3 ... and rise with positions: so the first one behind a position is found by halving,
// with a look at the primary key each, and no index on user and position is wanted. `low` is the last
// sequence that is known to be at or before the position.
constexpr PgStatement kOfUser{
    "list_events_of_user",
    "WITH RECURSIVE stream AS MATERIALIZED (SELECT coalesce((SELECT sequence FROM events"
    "  WHERE " USERMETA_OF_USER
    " ORDER BY sequence DESC LIMIT 1), 0) AS last),"
    " halves (low, high) AS (SELECT 0::bigint, last FROM stream UNION ALL"
    "  SELECT CASE WHEN e.position > $1::bigint THEN h.low ELSE h.middle END,"
    "   CASE WHEN e.position > $1::bigint THEN h.middle - 1 ELSE h.high END"
    "  FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halves WHERE low < high) h,"
    "   LATERAL (SELECT position FROM events WHERE " USERMETA_OF_USER
    " AND sequence = h.middle LIMIT 1) e),"
    " begin AS MATERIALIZED (SELECT low FROM halves WHERE low = high),"
    " b AS (SELECT h.position AS head, CASE WHEN (SELECT low FROM begin) + $2::bigint >= s.last THEN "
    "h.position"
    "  ELSE (SELECT position FROM events WHERE " USERMETA_OF_USER
    "   AND sequence = (SELECT low FROM begin) + $2::bigint LIMIT 1) END AS until FROM log_head h, stream "
    "s) " USERMETA_PAGE(USERMETA_OF_USER " AND sequence > (SELECT low FROM begin)"
                                         " AND sequence <= (SELECT low FROM begin) + $2::bigint",
                        "sequence")};

constexpr PgStatement kAt{"event_at", "SELECT " USERMETA_EVENT_COLUMNS " FROM events WHERE position = $1"};

// Positions and counts are far from where their sum would not fit.
Position bounded(Position after) {
  return std::min(after, INT64_MAX - kMostLooked);
}

}  // namespace

asio::awaitable<EventPage> list_events(PgPipeline& pipeline, const EventListing& listing) {
  const EventFilter& filter = listing.filter;
  PgParams params;
  params.int8(bounded(listing.after)).int8(kMostLooked);
  params.texts({filter.types.begin(), filter.types.end()}).text(filter.org);
  params.int8(listing.limit).int8(static_cast<std::int64_t>(listing.bytes));
  if (!filter.user.empty()) params.text(filter.user);
  const PgRows rows = co_await query(pipeline, filter.user.empty() ? kOfLog : kOfUser, std::move(params));
  if (rows.size() == 0) throw Outage("the table log_head has no row: the database is damaged");
  if (rows.is_null(0, 0)) throw UnreadableEvent("the events of the user " + filter.user + " have a gap");
  EventPage page;
  const Position head = rows.int8(0, 1);
  page.next = rows.int8(0, 0);
  page.end = page.next == head;
  if (rows.is_null(0, 2)) co_return page;
  page.events.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) page.events.push_back(recorded_at(rows, row, 2));
  const std::int64_t found = rows.int8(0, 2 + kEventColumns);
  if (found < listing.limit && found == rows.size()) co_return page;
  page.next = page.events.back().position;
  page.end = page.next == head;
  co_return page;
}

asio::awaitable<std::optional<Recorded>> event_at(PgPipeline& pipeline, Position position) {
  const PgRows rows = co_await query(pipeline, kAt, PgParams().int8(position));
  if (rows.size() == 0) co_return std::nullopt;
  co_return recorded_at(rows, 0);
}

}  // namespace usermeta
