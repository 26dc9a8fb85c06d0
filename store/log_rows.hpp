#pragma once

#include "events/log.hpp"
#include "store/pg_values.hpp"

namespace usermeta {

// A number in a statement's text.
#define USERMETA_TEXT_OF_(number) #number
#define USERMETA_TEXT_OF(number) USERMETA_TEXT_OF_(number)

// The columns of an event in the order in which every statement of the log selects them.
#define USERMETA_EVENT_COLUMNS                                                                              \
  "position, aggregate_type, aggregate_id, sequence, type, revision, created_at, creator, owner, payload, " \
  "salt,"                                                                                                   \
  " request_id, traceparent, client_address"
inline constexpr int kEventColumns = 14;

// Those events which make one page, as a table: the first ones, at most so many (NULL: all), and none
// behind 8 MiB of payloads, but never none at all. Their lengths are summed up alone first: a running sum is
// several times as dear as to read the events, and is seldom needed.
#define USERMETA_EVENT_PAGE_BYTES 8388608
#define USERMETA_EVENT_PAGE_END USERMETA_TEXT_OF(USERMETA_EVENT_PAGE_BYTES)
#define USERMETA_EVENT_PAGE(condition, most)                                                      \
  "(SELECT * FROM events WHERE " condition                                                        \
  " ORDER BY position LIMIT"                                                                      \
  " (SELECT CASE WHEN sum(octet_length(payload)) < " USERMETA_EVENT_PAGE_END " THEN " most        \
  "  ELSE (SELECT count(*) FROM (SELECT sum(octet_length(payload)) OVER (ORDER BY position"       \
  "   ROWS UNBOUNDED PRECEDING) - octet_length(payload) AS before FROM (SELECT position, payload" \
  "   FROM events WHERE " condition " ORDER BY position LIMIT " most                              \
  ") few) summed"                                                                                 \
  "   WHERE before < " USERMETA_EVENT_PAGE_END                                                    \
  ") END"                                                                                         \
  "  FROM (SELECT payload FROM events WHERE " condition " ORDER BY position LIMIT " most ") few))"
inline constexpr std::size_t kEventPageBytes = USERMETA_EVENT_PAGE_BYTES;

// `first`: the column where they begin.
Recorded recorded_at(const PgRows& rows, int row, int first = 0);

// One row of position, salt, created_at.
Head head_at(const PgRows& rows, int row);

// Throws UnreadableEvent for a row that this program cannot read.
AggregateType aggregate_type_of(std::string_view name);

// The first 16 bytes.
Salt salt_of(std::string_view bytes);
std::string_view bytes_of(const Salt& salt);

}  // namespace usermeta
