#include "projections/rebuild_progress.hpp"

#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kIsThere{"rebuild_progress_there",
                               "SELECT to_regclass('rebuild_progress') IS NOT NULL"};
// The lock is a rebuild's claim (projections/rebuild.cpp).
constexpr PgStatement kIsAbandoned{"rebuild_abandoned",
                                   "SELECT CASE WHEN to_regclass('rebuild_progress') IS NULL THEN false"
                                   " ELSE pg_try_advisory_xact_lock(7310201120) END"};
// One row. An event's date, aggregate and sequence are what an erasure leaves of it: by them it is seen
// whether the log is the one that was read. `erased`: values were erased up to here when it began. `maker`
// stays a column for ever, for other programs to look at.
constexpr PgStatement kCreateProgress{
    "rebuild_progress_create",
    "CREATE UNLOGGED TABLE rebuild_progress (maker text NOT NULL, folded boolean NOT NULL DEFAULT false,"
    " erased bigint NOT NULL, position bigint NOT NULL DEFAULT 0, created_at timestamptz,"
    " aggregate_id text COLLATE \"C\", sequence bigint)"};
constexpr PgStatement kBeginProgress{"rebuild_progress_begin",
                                     "INSERT INTO rebuild_progress (maker, erased)"
                                     " SELECT $1, position FROM erasure_checkpoint"};
// A table of another program may lack the column.
constexpr PgStatement kHasOutdatedValues{"rebuild_outdated",
                                         "SELECT NOT EXISTS (SELECT FROM rebuild_progress p"
                                         " JOIN erasure_checkpoint e"
                                         " ON e.position::text = to_jsonb(p) ->> 'erased')"};
constexpr PgStatement kIsByMaker{"rebuild_progress_maker",
                                 "SELECT EXISTS (SELECT FROM rebuild_progress WHERE maker = $1)"};
constexpr PgStatement kStanding{
    "rebuild_progress_standing",
    "SELECT p.position, p.folded FROM rebuild_progress p JOIN events e ON e.position = p.position"
    " AND e.created_at = p.created_at AND e.aggregate_id = p.aggregate_id AND e.sequence = p.sequence"};
constexpr PgStatement kAdvanceProgress{"rebuild_progress_advance",
                                       "UPDATE rebuild_progress SET position = $1, created_at = $2,"
                                       " aggregate_id = $3, sequence = $4"};
constexpr PgStatement kFolded{"rebuild_progress_folded", "UPDATE rebuild_progress SET folded = true"};

}  // namespace

const PgStatement kDropRebuildLeftover{
    "rebuild_drop_leftover",
    "DROP TABLE IF EXISTS user_metadata_rebuilt, user_metadata_sets, user_metadata_gone, rebuild_progress"};

asio::awaitable<RebuildLeftover> find_rebuild_leftover(PgPipeline& pipeline, const std::string& maker) {
  RebuildLeftover leftover;
  const PgRows there = co_await query(pipeline, kIsThere, {});
  leftover.found = there.boolean(0, 0);
  if (!leftover.found) co_return leftover;
  const PgRows by_maker = co_await query(pipeline, kIsByMaker, PgParams().text(maker));
  if (!by_maker.boolean(0, 0)) co_return leftover;
  const PgRows standing = co_await query(pipeline, kStanding, {});
  leftover.usable = standing.size() == 1;
  if (!leftover.usable) co_return leftover;
  leftover.position = standing.int8(0, 0);
  leftover.folded = standing.boolean(0, 1);
  co_return leftover;
}

asio::awaitable<void> drop_abandoned_rebuild(PgTransaction& transaction) {
  const PgRows rows = co_await transaction.query(kIsAbandoned, {});
  if (rows.boolean(0, 0)) transaction.run(kDropRebuildLeftover, {});
}

asio::awaitable<void> drop_outdated_rebuild(PgPipeline& pipeline) {
  const PgRows there = co_await query(pipeline, kIsThere, {});
  if (!there.boolean(0, 0)) co_return;
  PgTransaction transaction(pipeline);
  const PgRows abandoned = co_await transaction.query(kIsAbandoned, {});
  if (!abandoned.boolean(0, 0)) co_return;
  // Once more: it may have ended before its claim was had.
  const PgRows left = co_await transaction.query(kIsThere, {});
  if (!left.boolean(0, 0)) co_return;
  const PgRows outdated = co_await transaction.query(kHasOutdatedValues, {});
  if (outdated.boolean(0, 0)) transaction.run(kDropRebuildLeftover, {});
  co_await transaction.commit();
}

void begin_rebuild_progress(PgTransaction& transaction, const std::string& maker) {
  transaction.run(kCreateProgress, {});
  transaction.run(kBeginProgress, PgParams().text(maker));
}

void advance_rebuild_progress(PgTransaction& transaction, const Recorded& last) {
  PgParams params = PgParams().int8(last.position).time(last.created_at).text(last.aggregate.id);
  transaction.run(kAdvanceProgress, params.int8(last.sequence));
}

void note_rebuild_folded(PgTransaction& transaction) {
  transaction.run(kFolded, {});
}

}  // namespace usermeta
