#include "projections/rebuild.hpp"

#include <stdexcept>

#include "projections/read_log.hpp"
#include "projections/user_metadata_table.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kClaim{"rebuild_claim", "SELECT pg_try_advisory_lock(7310201120)"};
constexpr PgStatement kRelease{"rebuild_release", "SELECT pg_advisory_unlock(7310201120)"};
constexpr PgStatement kDropLeftover{"rebuild_drop_leftover", "DROP TABLE IF EXISTS user_metadata_rebuilt"};
constexpr PgStatement kCreate{"rebuild_create",
                              "CREATE TABLE user_metadata_rebuilt (LIKE user_metadata INCLUDING ALL)"};
constexpr PgStatement kHead{"rebuild_head", "SELECT position FROM log_head"};

// The swap. The row of the projection is locked first, as the projector does: then both tables stand still.
constexpr PgStatement kBegin{"begin", "BEGIN"};
constexpr PgStatement kHold{"rebuild_hold",
                            "SELECT position FROM projections WHERE name = 'user_metadata' FOR UPDATE"};
constexpr PgStatement kMoveAway{"rebuild_move_away",
                                "ALTER TABLE user_metadata RENAME TO user_metadata_replaced"};
constexpr PgStatement kMoveIn{"rebuild_move_in", "ALTER TABLE user_metadata_rebuilt RENAME TO user_metadata"};
constexpr PgStatement kDropOld{"rebuild_drop_old", "DROP TABLE user_metadata_replaced"};
constexpr PgStatement kAdvance{
    "rebuild_advance", "UPDATE projections SET position = $1, failure = NULL WHERE name = 'user_metadata'"};
constexpr PgStatement kCommit{"commit", "COMMIT"};

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

asio::awaitable<Position> head_position(PgPipeline& pipeline) {
  const PgRows rows = co_await query(pipeline, kHead, {});
  co_return rows.int8(0, 0);
}

// In the open transaction: what was appended while the rest was built, and the swap.
asio::awaitable<Position> swap(PgPipeline& pipeline, Log& log, Position done) {
  co_await query(pipeline, kBegin, {});
  co_await query(pipeline, kHold, {});
  const Position head = co_await head_position(pipeline);
  const PgPipeline::Done ignore_until_commit = [](const std::exception_ptr&, const PgRows&) {};
  while (done < head) {
    const Page page = co_await read_log(log, done);
    if (page.events.empty())
      throw Outage("the log ends at position " + std::to_string(done) + ", before its head " +
                   std::to_string(head) + ": the database is damaged");
    const UserMetadataBatch batch = fold(page);
    send_batch(pipeline, kUserMetadataRebuilt, batch, ignore_until_commit);
    done = batch.position();
  }
  // A failure above makes these fail too.
  co_await query(pipeline, kMoveAway, {});
  co_await query(pipeline, kMoveIn, {});
  co_await query(pipeline, kDropOld, {});
  PgParams position;
  position.int8(done);
  co_await query(pipeline, kAdvance, std::move(position));
  co_await query(pipeline, kCommit, {});
  co_return done;
}

asio::awaitable<Position> build(PgPipeline& pipeline, Log& log,
                                const std::function<void(Position, Position)>& progress) {
  co_await query(pipeline, kDropLeftover, {});
  co_await query(pipeline, kCreate, {});
  Position head = co_await head_position(pipeline);
  Position done = 0;
  progress(done, head);
  for (bool end = false; !end;) {
    const Page page = co_await read_log(log, done);
    end = page.end;
    const UserMetadataBatch batch = fold(page);
    if (batch.position() == 0) break;
    co_await transact(pipeline, [&](const PgPipeline::Done& sent) {
      send_batch(pipeline, kUserMetadataRebuilt, batch, sent);
    });
    done = batch.position();
    head = std::max(head, done);
    progress(done, head);
  }
  done = co_await swap(pipeline, log, done);
  progress(done, done);
  co_return done;
}

}  // namespace

asio::awaitable<Position> rebuild_user_metadata(PgPipeline& pipeline, Log& log,
                                                std::function<void(Position, Position)> progress) {
  const PgRows claimed = co_await query(pipeline, kClaim, {});
  if (!claimed.boolean(0, 0)) throw std::runtime_error("another rebuild is under way on this database");
  Position done = 0;
  std::exception_ptr failure;
  try {
    done = co_await build(pipeline, log, progress);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    // Rolls back and lets the next one begin; what was filled is dropped by it.
    pipeline.reset("the rebuild failed");
    std::rethrow_exception(failure);
  }
  try {
    co_await query(pipeline, kRelease, {});
  } catch (const Outage&) {
    // The claim is gone with the connection.
  }
  co_return done;
}

}  // namespace usermeta
