#pragma once

#include "events/log.hpp"
#include "store/pg_values.hpp"

namespace usermeta {

// The columns of an event in the order in which every statement of the log selects them.
#define USERMETA_EVENT_COLUMNS                                                                              \
  "position, aggregate_type, aggregate_id, sequence, type, revision, created_at, creator, owner, payload, " \
  "salt,"                                                                                                   \
  " request_id, traceparent, client_address"
inline constexpr int kEventColumns = 14;

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
