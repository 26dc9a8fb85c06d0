#include "projections/user_history.hpp"

#include <algorithm>
#include <array>

#include "projections/user_slots.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// $1 user, $2 organisation, $3 cursor, $4 how many rows, $5 bytes, $6 key.

#define USERMETA_CHANGES_OF_USER(follows, order)                                                       \
  "SELECT * FROM events WHERE " USERMETA_STREAM " AND sequence " follows " $3::bigint ORDER BY " order \
  " LIMIT $4::bigint"

#define USERMETA_OF_SLOT(slot_text, follows, order)                                \
  "(SELECT * FROM events WHERE " USERMETA_SLOT(slot_text) " AND sequence " follows \
                                                          " $3::bigint ORDER BY " order " LIMIT $4::bigint)"
// What changed the key, what changed all keys, and the user's end.
#define USERMETA_CHANGES_OF_KEY(follows, order)                                                              \
  "SELECT * FROM (" USERMETA_OF_SLOT(                                                                        \
      "'metadata/' || $6::text", follows,                                                                    \
      order) " UNION ALL " USERMETA_OF_SLOT("'metadata'", follows,                                           \
                                            order) " UNION ALL (SELECT * FROM events WHERE " USERMETA_STREAM \
                                                   "  AND sequence = (SELECT removed FROM stream) AND "      \
                                                   "sequence " follows " $3::bigint)) u ORDER BY " order     \
                                                   " LIMIT $4::bigint"

// What a key had before an event: the event before it that was about the key, if that was a set, and nothing
// between them took all keys.
#define USERMETA_BEFORE(slot_text) \
  "SELECT p.payload, p.revision FROM (SELECT * FROM events WHERE " USERMETA_SLOT(slot_text)                 \
  "  AND sequence < e.sequence ORDER BY sequence DESC LIMIT 1) p"                                           \
  " WHERE p.type = 'user.metadata.set' AND NOT EXISTS (SELECT 1 FROM events WHERE "                         \
  USERMETA_SLOT("'metadata'") " AND sequence > p.sequence AND sequence < e.sequence)"                       \
  " AND NOT EXISTS (SELECT 1 FROM stream WHERE removed > p.sequence AND removed < e.sequence)"

// A row at least for a user that there is, with nulls when the page is empty.
#define USERMETA_HISTORY(changes, slot_text, order)                                                        \
  "WITH stream AS MATERIALIZED (SELECT " USERMETA_REMOVED " AS removed FROM events WHERE " USERMETA_STREAM \
  "  AND sequence = 1 AND owner = $2::text LIMIT 1),"                                                      \
  " found AS (SELECT e.*, b.payload AS before, b.revision AS before_revision"                              \
  "  FROM (" changes ") e LEFT JOIN LATERAL (" USERMETA_BEFORE(                                            \
      slot_text) ") b ON " slot_text                                                                       \
                 " LIKE 'metadata/%'),"                                                                    \
                 " page AS MATERIALIZED (SELECT * FROM (SELECT *, count(*) OVER () AS rows,"               \
                 "   sum(octet_length(payload) + coalesce(octet_length(before), 0)) OVER (ORDER BY " order \
                 ")"                                                                                       \
                 "   - octet_length(payload) - coalesce(octet_length(before), 0) AS bytes FROM found) "    \
                 "counted"                                                                                 \
                 "  WHERE bytes < $5::bigint),"                                                            \
                 " names AS MATERIALIZED (SELECT c.creator, (SELECT coalesce(payload::json ->> "           \
                 "'displayName',"                                                                          \
                 "   payload::json ->> 'name') FROM events WHERE aggregate_id = c.creator AND "            \
                 "aggregate_type = 'user'"                                                                 \
                 "   AND sequence = 1 LIMIT 1) AS name FROM (SELECT DISTINCT creator FROM page) c)"        \
                 " SELECT p.rows, p.position, p.sequence, p.created_at, p.type, p.revision,"               \
                 "  CASE WHEN p.type LIKE 'user.metadata.%' THEN p.payload END, p.creator, "               \
                 "coalesce(n.name, ''),"                                                                   \
                 "  p.request_id, p.traceparent, p.client_address, p.before, p.before_revision"            \
                 " FROM stream LEFT JOIN page p ON true LEFT JOIN names n ON n.creator = p.creator ORDER " \
                 "BY p." order

#define USERMETA_FIRST_CHANGE "sequence"
#define USERMETA_LAST_CHANGE "sequence DESC"

// By whether the newest is first.
constexpr std::array kHistoryOfUser{
    PgStatement{"history_of_user", USERMETA_HISTORY(USERMETA_CHANGES_OF_USER(">", USERMETA_FIRST_CHANGE),
                                                    "e.slot", USERMETA_FIRST_CHANGE)},
    PgStatement{"newest_of_user", USERMETA_HISTORY(USERMETA_CHANGES_OF_USER("<", USERMETA_LAST_CHANGE),
                                                   "e.slot", USERMETA_LAST_CHANGE)}};
constexpr std::array kHistoryOfKey{
    PgStatement{"history_of_key", USERMETA_HISTORY(USERMETA_CHANGES_OF_KEY(">", USERMETA_FIRST_CHANGE),
                                                   "('metadata/' || $6::text)", USERMETA_FIRST_CHANGE)},
    PgStatement{"newest_of_key", USERMETA_HISTORY(USERMETA_CHANGES_OF_KEY("<", USERMETA_LAST_CHANGE),
                                                  "('metadata/' || $6::text)", USERMETA_LAST_CHANGE)}};

PastValue past(const MetadataSet& set) {
  return {set.value.bytes(), set.erased};
}

void tell_key(Change& change, const Event& event) {
  if (const auto* set = std::get_if<MetadataSet>(&event)) {
    change.key = set->key;
    change.after = past(*set);
  } else if (const auto* removed = std::get_if<MetadataRemoved>(&event)) {
    change.key = removed->key;
  } else if (const auto* erased = std::get_if<MetadataValuesErased>(&event)) {
    change.key = erased->key;
  }
}

Change change_at(const PgRows& rows, int row) {
  Change change;
  change.position = rows.int8(row, 1);
  change.sequence = rows.int8(row, 2);
  change.created_at = rows.time(row, 3);
  change.type = rows.text(row, 4);
  if (!rows.is_null(row, 6))
    tell_key(change, decode_payload(change.type, rows.int2(row, 5), rows.bytes(row, 6)));
  change.creator = rows.text(row, 7);
  change.creator_name = rows.text(row, 8);
  change.origin = {rows.text(row, 9), rows.text(row, 10), rows.text(row, 11)};
  if (!rows.is_null(row, 12))
    change.before = past(
        std::get<MetadataSet>(decode_payload("user.metadata.set", rows.int2(row, 13), rows.bytes(row, 12))));
  return change;
}

}  // namespace

asio::awaitable<std::optional<HistoryPage>> list_user_history(PgPipeline& pipeline,
                                                              const HistoryListing& listing) {
  const auto order = static_cast<std::size_t>(listing.newest_first);
  const bool from_the_newest = listing.newest_first && listing.cursor == 0;
  PgParams params;
  params.text(listing.user_id).text(listing.org).int8(from_the_newest ? INT64_MAX : listing.cursor);
  // One more than fits tells whether there is more.
  params.int8(std::int64_t{listing.limit} + 1).int8(static_cast<std::int64_t>(listing.bytes));
  if (!listing.key.empty()) params.text(listing.key);
  const PgStatement& statement = listing.key.empty() ? kHistoryOfUser.at(order) : kHistoryOfKey.at(order);
  const PgRows rows = co_await query(pipeline, statement, std::move(params));
  if (rows.size() == 0) co_return std::nullopt;
  HistoryPage page{.changes = {}, .next = listing.cursor, .end = rows.is_null(0, 0)};
  if (page.end) co_return page;
  const int shown = std::min(rows.size(), static_cast<int>(listing.limit));
  page.changes.reserve(static_cast<std::size_t>(shown));
  for (int row = 0; row < shown; ++row) page.changes.push_back(change_at(rows, row));
  page.next = page.changes.back().sequence;
  page.end = rows.int8(0, 0) == shown;
  co_return page;
}

}  // namespace usermeta
