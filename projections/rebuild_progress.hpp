#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {

// How far a rebuild is, in a table that is written in the same transactions as what it tells of: so what a
// rebuild leaves that was killed can be gone on with. That table is not in the write-ahead log, nor are the
// first of those that it tells of: a crash of PostgreSQL empties them all, and then nothing is left to go on
// with.
//
// All on the pipeline's strand. Whatever is awaited throws Outage.

// What a rebuild has left behind.
struct RebuildLeftover {
  bool found = false;   // there is something
  bool usable = false;  // by the same maker, and from this log
  Position position = 0;
  bool folded = false;  // it has the new table, and no longer what that was made of
};

// `maker`: what must be the same for one rebuild to go on with what another one has left.
boost::asio::awaitable<RebuildLeftover> find_rebuild_leftover(PgPipeline& pipeline, const std::string& maker);

// Drops all that a rebuild may have left.
extern const PgStatement kDropRebuildLeftover;

// The same as part of the transaction, unless a rebuild is under way: its tables have values that the log may
// have no longer. No rebuild begins before the transaction ends.
boost::asio::awaitable<void> drop_abandoned_rebuild(PgTransaction& transaction);

// Drops what a rebuild has left that was killed when values had been erased while it was under way.
boost::asio::awaitable<void> drop_outdated_rebuild(PgPipeline& pipeline);

// These are sent as part of the transaction, without waiting.
void begin_rebuild_progress(PgTransaction& transaction, const std::string& maker);
// Everything up to and including that event is in.
void advance_rebuild_progress(PgTransaction& transaction, const Recorded& last);
void note_rebuild_folded(PgTransaction& transaction);

}  // namespace usermeta
