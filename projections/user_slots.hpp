#pragma once

// Pieces of the statements that ask for a user's events; $1 is always the user's id.

// One user's own stream, by the primary key.
#define USERMETA_STREAM "aggregate_id = $1::text AND aggregate_type = 'user'"

// Of that, what replaces one part of the user, by the index events_slot (migrations/0003_slot_index.sql).
// `|| ''` keeps PostgreSQL from taking the primary key instead, which would walk through the whole history.
#define USERMETA_SLOT(slot_text)                                                              \
  "hashtextextended(aggregate_id, 0) = hashtextextended($1::text, 0)"                         \
  " AND hashtextextended(slot, 0) = hashtextextended(" slot_text ", 0) AND slot = " slot_text \
  " AND aggregate_id || '' = $1::text AND aggregate_type || '' = 'user'"

// The sequence of the event that removed the user, or null: nothing changes a user's state after it.
#define USERMETA_REMOVED                                                                        \
  "(SELECT CASE WHEN type = 'user.removed' THEN sequence END FROM events WHERE " USERMETA_SLOT( \
      "'state'") " ORDER BY sequence DESC LIMIT 1)"
