#include "projections/user_metadata_at.hpp"

#include <algorithm>

#include "projections/user_slots.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kOfPosition{"position_at_position", "SELECT LEAST(position, $1::bigint) FROM log_head"};

// `low` is the last position that is known to be at or before the time.
constexpr PgStatement kOfTime{
    "position_at_time",
    "WITH RECURSIVE halves (low, high) AS (SELECT 0::bigint, position FROM log_head UNION ALL"
    "  SELECT CASE WHEN e.created_at <= $1 THEN h.middle ELSE h.low END,"
    "   CASE WHEN e.created_at <= $1 THEN h.high ELSE h.middle - 1 END"
    "  FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halves WHERE low < high) h,"
    "   LATERAL (SELECT created_at FROM events WHERE position = h.middle LIMIT 1) e)"
    " SELECT low FROM halves WHERE low = high"};

// $1 user, $2 organisation, $3 position. In the user's own stream sequences are 1, 2, 3 ... and rise with
// positions: so the last one that counts is found by halving as well. What counts is what is behind the last
// event that took all keys.
#define USERMETA_AT \
  "WITH RECURSIVE stream AS MATERIALIZED (SELECT (SELECT sequence FROM events WHERE " USERMETA_STREAM      \
  "   ORDER BY sequence DESC LIMIT 1) AS last FROM events WHERE " USERMETA_STREAM                          \
  "  AND sequence = 1 AND owner = $2::text LIMIT 1),"                                                      \
  " halves (low, high) AS (SELECT 0::bigint, last FROM stream UNION ALL"                                   \
  "  SELECT CASE WHEN e.position <= $3::bigint THEN h.middle ELSE h.low END,"                              \
  "   CASE WHEN e.position <= $3::bigint THEN h.high ELSE h.middle - 1 END"                                \
  "  FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halves WHERE low < high) h,"              \
  "   LATERAL (SELECT position FROM events WHERE " USERMETA_STREAM " AND sequence = h.middle LIMIT 1) e)," \
  " b AS MATERIALIZED (SELECT low AS until, GREATEST("                                                     \
  "   (SELECT sequence FROM events WHERE " USERMETA_SLOT("'metadata'")                                     \
  "    AND sequence <= low ORDER BY sequence DESC LIMIT 1),"                                               \
  "   (SELECT r.removed FROM (SELECT " USERMETA_REMOVED " AS removed) r WHERE r.removed <= low), 0)" \
  "  AS cleared" \
  "  FROM halves WHERE low = high)"

#define USERMETA_PAST_COLUMNS "e.position, e.sequence, e.created_at, e.creator, e.revision, e.payload"

// $4 key.
constexpr PgStatement kGetAt{
    "metadata_at", USERMETA_AT " SELECT " USERMETA_PAST_COLUMNS
                               " FROM b, LATERAL (SELECT * FROM events WHERE " USERMETA_SLOT(
                                   "'metadata/' || $4::text") " AND sequence <= b.until AND sequence > "
                                                              "b.cleared ORDER BY sequence DESC LIMIT 1) e"
                                                              " WHERE e.type = 'user.metadata.set'"};

// $4 key, $5 how many rows, $6 bytes. All slots of keys begin with metadata/, and none of them is before
// metadata0. A row at least for a user that there is, with nulls when the page is empty.
constexpr PgStatement kListAt{
    "list_metadata_at", USERMETA_AT
    ", last AS (SELECT slot, max(sequence) AS sequence FROM events, b WHERE " USERMETA_STREAM
    "  AND sequence <= b.until AND sequence > b.cleared"
    "  AND slot > 'metadata/' || $4::text AND slot < 'metadata0' GROUP BY slot),"
    " page AS (SELECT *, count(*) OVER () AS rows,"
    "  sum(octet_length(payload)) OVER (ORDER BY slot) - octet_length(payload) AS bytes"
    "  FROM (SELECT e.* FROM last l, LATERAL (SELECT * FROM events WHERE " USERMETA_STREAM
    "   AND sequence = l.sequence LIMIT 1) e WHERE e.type = 'user.metadata.set'"
    "   ORDER BY e.slot LIMIT $5::bigint) limited)"
    " SELECT " USERMETA_PAST_COLUMNS
    ", e.rows FROM b LEFT JOIN (SELECT * FROM page WHERE bytes < $6::bigint) e ON true ORDER BY e.slot"};

PastMetadata past_at(const PgRows& rows, int row) {
  auto set =
      std::get<MetadataSet>(decode_payload("user.metadata.set", rows.int2(row, 4), rows.bytes(row, 5)));
  return {.key = std::move(set.key),
          .value = {set.value.bytes(), set.erased},
          .position = rows.int8(row, 0),
          .sequence = rows.int8(row, 1),
          .changed_at = rows.time(row, 2),
          .creator = rows.text(row, 3)};
}

}  // namespace

asio::awaitable<Position> position_at(PgPipeline& pipeline, Moment moment) {
  const auto* position = std::get_if<Position>(&moment);
  PgParams params;
  if (position)
    params.int8(*position);
  else
    params.time(std::get<Time>(moment));
  const PgRows rows = co_await query(pipeline, position ? kOfPosition : kOfTime, std::move(params));
  if (rows.size() == 0) throw Outage("the log has no head, or a gap: the database is damaged");
  co_return rows.int8(0, 0);
}

asio::awaitable<std::optional<PastPage>> list_user_metadata_at(PgPipeline& pipeline, Position position,
                                                               const PastListing& listing) {
  PgParams params;
  params.text(listing.user_id).text(listing.org).int8(position).text(listing.after);
  // One more than fits tells whether there is more.
  params.int8(std::int64_t{listing.limit} + 1).int8(static_cast<std::int64_t>(listing.bytes));
  const PgRows rows = co_await query(pipeline, kListAt, std::move(params));
  if (rows.size() == 0) co_return std::nullopt;
  PastPage page{.rows = {}, .end = rows.is_null(0, 0)};
  if (page.end) co_return page;
  const int shown = std::min(rows.size(), static_cast<int>(listing.limit));
  for (int row = 0; row < shown; ++row) page.rows.push_back(past_at(rows, row));
  page.end = rows.int8(0, 6) == shown;
  co_return page;
}

asio::awaitable<std::optional<PastMetadata>> user_metadata_at(PgPipeline& pipeline, Position position,
                                                              const std::string& user_id,
                                                              const std::string& org,
                                                              const std::string& key) {
  PgParams params;
  params.text(user_id).text(org).int8(position).text(key);
  const PgRows rows = co_await query(pipeline, kGetAt, std::move(params));
  if (rows.size() == 0) co_return std::nullopt;
  co_return past_at(rows, 0);
}

}  // namespace usermeta
