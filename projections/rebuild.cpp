#include "projections/rebuild.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/rebuild_catch_up.hpp"
#include "projections/rebuild_changes.hpp"
#include "projections/rebuild_progress.hpp"
#include "store/log_reader.hpp"
#include "store/migrations.hpp"
#include "store/pg_query.hpp"
#include "store/read_log.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// What a rebuild writes down, and how that is folded. To be raised when either changes.
constexpr int kForm = 2;

// So many pages are one transaction. While PostgreSQL is at the first ones, the next one is made.
constexpr int kPagesKept = 4;

// A rebuild that was killed holds its claim until PostgreSQL notices.
constexpr PgStatement kClaimPatience{"rebuild_claim_patience", "SET LOCAL lock_timeout = '3s'"};
constexpr PgStatement kClaim{"rebuild_claim", "SELECT pg_advisory_lock(7310201120)"};
constexpr const char* kLockTimeout = "55P03";
constexpr PgStatement kRelease{"rebuild_release", "SELECT pg_advisory_unlock(7310201120)"};
constexpr PgStatement kLogHead{"rebuild_head", "SELECT position FROM log_head"};

// The swap. The row of the projection is locked first, as the projector does: then both tables stand still.
constexpr PgStatement kHoldProjection{
    "rebuild_hold", "SELECT position FROM projections WHERE name = 'user_metadata' FOR UPDATE"};
constexpr PgStatement kMoveAway{"rebuild_move_away",
                                "ALTER TABLE user_metadata RENAME TO user_metadata_replaced"};
constexpr PgStatement kMoveIn{"rebuild_move_in", "ALTER TABLE user_metadata_rebuilt RENAME TO user_metadata"};
constexpr PgStatement kDropOld{"rebuild_drop_old", "DROP TABLE user_metadata_replaced, rebuild_progress"};
constexpr PgStatement kAdvanceProjection{
    "rebuild_advance", "UPDATE projections SET position = $1, failure = NULL WHERE name = 'user_metadata'"};

// The comparison. The projector's lock is a bigint, which pg_locks shows in two halves.
constexpr PgStatement kProjectorAt{
    "rebuild_checkpoint",
    "SELECT position, EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND classid::bigint = 7310201119 >> 32 AND objid::bigint = 7310201119 & 4294967295"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    " FROM projections WHERE name = 'user_metadata'"};
constexpr PgStatement kOneSnapshot{"rebuild_one_snapshot", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"};
constexpr Clock::duration kPatience = std::chrono::seconds(5);
constexpr Clock::duration kLook = std::chrono::milliseconds(20);
// A table that is further behind, with nobody at it, lacks so much that there is little left to compare.
constexpr Position kFarBehind = 100'000;

// One rebuild under its claim, which goes with the connection: on another one nothing may go on.
class Rebuild {
 public:
  Rebuild(PgPipeline& pipeline, Log& log, const RebuildOptions& options)
      : pipeline_(pipeline), log_(log), options_(options), losses_(pipeline.losses()) {}

  asio::awaitable<Rebuilt> run() {
    co_await begin();
    if (!folded_) co_await fill();
    co_await catch_up();
    options_.step("compares the tables");
    co_await wait_for_projector();
    co_await compare();
    if (options_.dry_run) {
      check_claim();
      co_await query(pipeline_, kDropRebuildLeftover, {});
    } else {
      co_await catch_up();
      check_claim();
      co_await swap();
    }
    rebuilt_.position = done_;
    options_.progress(done_, done_);
    co_return rebuilt_;
  }

 private:
  void check_claim() const {
    if (pipeline_.losses() != losses_)
      throw Outage(
          "lost the connection to PostgreSQL, and with it the claim on the rebuild: started again, "
          "it goes on where it was");
  }

  // With what an earlier one has left, or with nothing.
  asio::awaitable<void> begin() {
    const std::string maker = options_.program + ", schema " + std::to_string(kMigrations.size()) +
                              ", form " + std::to_string(kForm);
    const RebuildLeftover leftover = co_await find_rebuild_leftover(pipeline_, maker);
    if (leftover.usable && !options_.fresh) {
      done_ = leftover.position;
      folded_ = leftover.folded;
      options_.step("goes on from position " + std::to_string(done_));
    } else {
      if (leftover.found && !options_.fresh)
        options_.step("starts anew: what an earlier rebuild has left is of another program or log");
      check_claim();
      co_await changes_.create(maker);
    }
    const PgRows rows = co_await query(pipeline_, kLogHead, {});
    head_ = rows.int8(0, 0);
    options_.progress(done_, head_);
  }

  // Writes the log up to its end as changes, and folds those into the new table.
  asio::awaitable<void> fill() {
    LogReader reader(pipeline_.strand(), log_, done_);
    std::optional<Recorded> last;  // that was added and is not kept yet
    int pages = 0;
    for (Page page = co_await reader.next(); !page.events.empty(); page = co_await reader.next()) {
      const UserMetadataBatch batch = fold_page(page);
      check_claim();
      changes_.add(batch);
      last = std::move(page.events.back());
      if (++pages % kPagesKept != 0) continue;
      advance(co_await changes_.keep(*last));
      last.reset();
    }
    check_claim();
    if (last) advance(co_await changes_.keep(*last));
    advance(co_await changes_.settle());
    options_.step("sorts what was read");
    check_claim();
    co_await changes_.fold_into_rebuilt();
  }

  // With what was appended meanwhile.
  asio::awaitable<void> catch_up() {
    for (bool end = false; !end;) {
      const Page page = co_await read_log(log_, done_);
      end = page.end;
      if (page.events.empty()) break;
      check_claim();
      PgTransaction transaction(pipeline_);
      apply_page(transaction, page);
      co_await transaction.commit();
      advance(page.events.back().position);
    }
  }

  void advance(std::optional<Position> done) {
    if (!done) return;
    done_ = *done;
    head_ = std::max(head_, done_);
    options_.progress(done_, head_);
  }

  // Until the table in use is as far as the new one, if somebody is at it.
  asio::awaitable<void> wait_for_projector() {
    const Clock::time_point end = Clock::now() + kPatience;
    asio::steady_timer timer(pipeline_.strand());
    for (bool wait = true; wait;) {
      check_claim();
      const PgRows rows = co_await query(pipeline_, kProjectorAt, {});
      wait = rows.int8(0, 0) < done_ && rows.boolean(0, 1) && Clock::now() < end;
      if (!wait) co_return;
      timer.expires_after(kLook);
      boost::system::error_code ignored;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  // In one snapshot, in which the new table is brought to where the other one is. When it is further already,
  // the users that have changed in between are left out.
  asio::awaitable<void> compare() {
    check_claim();
    PgTransaction transaction(pipeline_);
    transaction.run(kOneSnapshot, {});
    const PgRows rows = co_await transaction.query(kProjectorAt, {});
    const PgRows head = co_await transaction.query(kLogHead, {});
    // A table that claims to be beyond the log's end is compared with what the log adds up to.
    const Position in_use = std::min(rows.int8(0, 0), head.int8(0, 0));
    rebuilt_.behind = std::max<Position>(done_ - in_use, 0);
    if (rebuilt_.behind > kFarBehind) co_return;
    if (in_use > done_) {
      co_await catch_up_within(transaction, log_, done_, in_use);
      advance(in_use);
    }
    const std::set<std::string> changed = co_await users_changed(log_, in_use, done_);
    const std::vector<std::string_view> left_out(changed.begin(), changed.end());
    rebuilt_.comparison = co_await compare_rebuilt(transaction, left_out);
    rebuilt_.comparison->position = in_use;
    co_await transaction.commit();
  }

  // In one transaction: what was appended meanwhile, and the swap.
  asio::awaitable<void> swap() {
    PgTransaction transaction(pipeline_);
    co_await transaction.query(kHoldProjection, {});
    const Clock::time_point held = Clock::now();
    const PgRows rows = co_await transaction.query(kLogHead, {});
    const Position head = rows.int8(0, 0);
    co_await catch_up_within(transaction, log_, done_, head);
    transaction.run(kMoveAway, {});
    transaction.run(kMoveIn, {});
    transaction.run(kDropOld, {});
    transaction.run(kAdvanceProjection, PgParams().int8(head));
    co_await transaction.commit();
    rebuilt_.stood_still = Clock::now() - held;
    done_ = head;
  }

  PgPipeline& pipeline_;
  Log& log_;
  const RebuildOptions& options_;
  const std::uint64_t losses_;
  RebuildChanges changes_{pipeline_};
  Position done_ = 0;
  Position head_ = 0;  // of the log, as far as it is known
  bool folded_ = false;
  Rebuilt rebuilt_;
};

asio::awaitable<void> claim(PgPipeline& pipeline) {
  PgTransaction transaction(pipeline);
  transaction.run(kClaimPatience, {});
  transaction.run(kClaim, {});
  try {
    co_await transaction.commit();
  } catch (const StatementFailed& error) {
    if (error.sqlstate() != kLockTimeout) throw;
    throw std::runtime_error("another rebuild is under way on this database");
  }
}

}  // namespace

asio::awaitable<Rebuilt> rebuild_user_metadata(PgPipeline& pipeline, Log& log, RebuildOptions options) {
  co_await claim(pipeline);
  const std::uint64_t losses = pipeline.losses();
  Rebuilt rebuilt;
  std::exception_ptr failure;
  try {
    Rebuild rebuild(pipeline, log, options);
    rebuilt = co_await rebuild.run();
  } catch (...) {
    failure = std::current_exception();
  }
  // The claim goes with the connection.
  try {
    if (pipeline.losses() == losses) co_await query(pipeline, kRelease, {});
  } catch (const Outage&) {
  }
  if (failure) std::rethrow_exception(failure);
  co_return rebuilt;
}

}  // namespace usermeta
