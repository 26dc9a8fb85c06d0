#include "projections/rebuild.hpp"

#include <stdexcept>

#include "projections/rebuild_changes.hpp"
#include "projections/user_metadata_table.hpp"
#include "store/log_reader.hpp"
#include "store/pg_query.hpp"
#include "store/read_log.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kClaim{"rebuild_claim", "SELECT pg_try_advisory_lock(7310201120)"};
constexpr PgStatement kRelease{"rebuild_release", "SELECT pg_advisory_unlock(7310201120)"};
constexpr PgStatement kDropLeftover{
    "rebuild_drop_leftover",
    "DROP TABLE IF EXISTS user_metadata_rebuilt, user_metadata_sets, user_metadata_gone"};
constexpr PgStatement kHead{"rebuild_head", "SELECT position FROM log_head"};

// The swap. The row of the projection is locked first, as the projector does: then both tables stand still.
constexpr PgStatement kHold{"rebuild_hold",
                            "SELECT position FROM projections WHERE name = 'user_metadata' FOR UPDATE"};
constexpr PgStatement kMoveAway{"rebuild_move_away",
                                "ALTER TABLE user_metadata RENAME TO user_metadata_replaced"};
constexpr PgStatement kMoveIn{"rebuild_move_in", "ALTER TABLE user_metadata_rebuilt RENAME TO user_metadata"};
constexpr PgStatement kDropOld{"rebuild_drop_old", "DROP TABLE user_metadata_replaced"};
constexpr PgStatement kAdvance{
    "rebuild_advance", "UPDATE projections SET position = $1, failure = NULL WHERE name = 'user_metadata'"};

UserMetadataBatch fold(const Page& page) {
  UserMetadataBatch batch;
  for (const Recorded& event : page.events) {
    try {
      batch.apply(event);
    } catch (const UnreadableEvent& error) {
      throw UnreadableEvent("cannot apply the event at position " + std::to_string(event.position) + ": " +
                            error.what());
    }
  }
  return batch;
}

// In one transaction: what was appended while the rest was built, and the swap.
asio::awaitable<Position> swap(PgPipeline& pipeline, Log& log, Position done) {
  PgTransaction transaction(pipeline);
  co_await transaction.query(kHold, {});
  const PgRows rows = co_await transaction.query(kHead, {});
  const Position head = rows.int8(0, 0);
  while (done < head) {
    const Page page = co_await read_log(log, done);
    if (page.events.empty())
      throw Outage("the log ends at position " + std::to_string(done) + ", before its head " +
                   std::to_string(head) + ": the database is damaged");
    const UserMetadataBatch batch = fold(page);
    send_batch(transaction, kUserMetadataRebuilt, batch);
    done = batch.position();
  }
  transaction.run(kMoveAway, {});
  transaction.run(kMoveIn, {});
  transaction.run(kDropOld, {});
  transaction.run(kAdvance, PgParams().int8(done));
  co_await transaction.commit();
  co_return done;
}

// The claim on the rebuild goes with the connection: on another one nothing may go on.
void check_claim(const PgPipeline& pipeline, std::uint64_t losses) {
  if (pipeline.losses() != losses)
    throw Outage("lost the connection to PostgreSQL, and with it the claim on the rebuild: start it again");
}

// Writes the log up to its end as changes, and folds those into the new table.
asio::awaitable<Position> fill(PgPipeline& pipeline, Log& log, std::uint64_t losses,
                               const std::function<void(Position, Position)>& progress) {
  const PgRows rows = co_await query(pipeline, kHead, {});
  Position head = rows.int8(0, 0);
  Position done = 0;
  progress(done, head);
  RebuildChanges changes(pipeline);
  co_await changes.create();
  LogReader reader(pipeline.strand(), log, done);
  for (Page page = co_await reader.next(); !page.events.empty(); page = co_await reader.next()) {
    const UserMetadataBatch batch = fold(page);
    check_claim(pipeline, losses);
    co_await changes.add(batch);
    done = batch.position();
    head = std::max(head, done);
    progress(done, head);
  }
  check_claim(pipeline, losses);
  co_await changes.fold_into_rebuilt();
  co_return done;
}

asio::awaitable<Position> build(PgPipeline& pipeline, Log& log, std::uint64_t losses,
                                const std::function<void(Position, Position)>& progress) {
  co_await query(pipeline, kDropLeftover, {});
  Position done = co_await fill(pipeline, log, losses, progress);
  // What was appended meanwhile.
  for (bool end = false; !end;) {
    const Page page = co_await read_log(log, done);
    end = page.end;
    const UserMetadataBatch batch = fold(page);
    if (batch.position() == 0) break;
    check_claim(pipeline, losses);
    PgTransaction transaction(pipeline);
    send_batch(transaction, kUserMetadataRebuilt, batch);
    co_await transaction.commit();
    done = batch.position();
  }
  check_claim(pipeline, losses);
  done = co_await swap(pipeline, log, done);
  progress(done, done);
  co_return done;
}

}  // namespace

asio::awaitable<Position> rebuild_user_metadata(PgPipeline& pipeline, Log& log,
                                                std::function<void(Position, Position)> progress) {
  const PgRows claimed = co_await query(pipeline, kClaim, {});
  if (!claimed.boolean(0, 0)) throw std::runtime_error("another rebuild is under way on this database");
  const std::uint64_t losses = pipeline.losses();
  Position done = 0;
  std::exception_ptr failure;
  try {
    done = co_await build(pipeline, log, losses, progress);
  } catch (...) {
    failure = std::current_exception();
  }
  // The claim goes with the connection; what was filled is dropped by the next one.
  try {
    if (pipeline.losses() == losses) co_await query(pipeline, kRelease, {});
  } catch (const Outage&) {
  }
  if (failure) std::rethrow_exception(failure);
  co_return done;
}

}  // namespace usermeta
