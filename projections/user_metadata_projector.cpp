#include "projections/user_metadata_projector.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/read_log.hpp"
#include "projections/user_metadata_table.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// How long it takes at most to notice what another process appended, or that the projecting one is gone.
constexpr milliseconds kIdle{100};
constexpr milliseconds kWatch{5};
constexpr milliseconds kTrouble{1000};

constexpr std::string_view kMoved = "projections_position_check";  // kAdvance violates it

constexpr PgStatement kTakeLock{"take_lock", "SELECT pg_try_advisory_lock(7310201119)"};
constexpr PgStatement kCheckpoint{"checkpoint",
                                  "SELECT position FROM projections WHERE name = 'user_metadata'"};
constexpr PgStatement kAdvance{"advance",
                               "UPDATE projections SET position = CASE position WHEN $2::bigint THEN "
                               "$1::bigint ELSE -1 END, failure = NULL"
                               " WHERE name = 'user_metadata'"};
constexpr PgStatement kFail{"fail", "UPDATE projections SET failure = $1 WHERE name = 'user_metadata'"};

}  // namespace

UserMetadataProjector::UserMetadataProjector(const asio::any_io_executor& executor, Options options,
                                             std::shared_ptr<CheckpointWatch> watch)
    : options_(std::move(options)),
      strand_(asio::make_strand(executor)),
      watch_(std::move(watch)),
      table_(std::make_shared<PgPipeline>(
          strand_, PgPipeline::Options{options_.conninfo, "usermeta project " + options_.process,
                                       "-c search_path=usermeta -c plan_cache_mode=force_generic_plan",
                                       std::chrono::seconds(60)})),
      log_(strand_, options_.conninfo, "(projector) " + options_.process),
      wake_(strand_),
      stopped_(strand_) {}

void UserMetadataProjector::start() {
  watch_->on_wanted([this] {
    asio::dispatch(strand_, [this] {
      if (watching_) wake_.cancel();
    });
  });
  asio::co_spawn(strand_, run(), asio::detached);
}

void UserMetadataProjector::poke() {
  asio::dispatch(strand_, [this] {
    poked_ = true;
    if (!watching_ && !resting_) wake_.cancel();
  });
}

asio::awaitable<void> UserMetadataProjector::stop() {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto end = [this]() -> asio::awaitable<void> {
    stopping_ = true;
    wake_.cancel();
    table_->close();
    log_.close();
    stopped_.expires_at(std::chrono::steady_clock::time_point::max());
    boost::system::error_code ignored;
    if (running_) co_await stopped_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  };
  co_await asio::co_spawn(strand_, end, asio::use_awaitable);
}

std::string UserMetadataProjector::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

asio::awaitable<void> UserMetadataProjector::run() {
  running_ = true;
  while (!stopping_) {
    bool outage = false;
    try {
      const bool ours = co_await take_lock();
      if (ours)
        co_await project();
      else
        co_await watch_others();
    } catch (const StatementFailed& error) {
      // The checkpoint is not where it was left: a rebuild has moved it. It is read again.
      outage = error.constraint() != kMoved;
      if (outage && !stopping_) trouble(error.what());
    } catch (const std::exception& error) {
      outage = true;
      if (!stopping_) trouble(error.what());
    }
    // The connection pauses between attempts by itself; this is for what fails although it is there.
    if (outage && !stopping_) co_await wait(kIdle);
  }
  running_ = false;
  stopped_.cancel();
}

asio::awaitable<bool> UserMetadataProjector::take_lock() {
  const PgRows rows = co_await query(*table_, kTakeLock, {});
  const PgRows checkpoint = co_await query(*table_, kCheckpoint, {});
  if (checkpoint.size() == 0)
    throw Outage("the table projections has no row user_metadata: the database is damaged");
  position_ = checkpoint.int8(0, 0);
  watch_->advance(position_);
  co_return rows.boolean(0, 0);
}

// Another process projects: its checkpoint is looked at often while somebody waits for it, and now and then
// to see whether that process is still there.
asio::awaitable<void> UserMetadataProjector::watch_others() {
  trouble({});
  for (int looks = 0; looks < 20 && !stopping_; ++looks) {
    watching_ = true;
    co_await wait(watch_->wanted() ? kWatch : kIdle);
    watching_ = false;
    const PgRows rows = co_await query(*table_, kCheckpoint, {});
    watch_->advance(rows.int8(0, 0));
  }
}

asio::awaitable<void> UserMetadataProjector::project() {
  while (!stopping_) {
    const bool more = co_await step();
    if (more) continue;
    if (!std::exchange(poked_, false)) co_await wait(kIdle);
    poked_ = false;
  }
}

// Reads what comes next and carries it out. False when there was nothing.
asio::awaitable<bool> UserMetadataProjector::step() {
  Page page;
  std::string failure;
  try {
    page = co_await read_log(log_, position_);
  } catch (const UnreadableEvent& error) {
    failure = std::string("cannot read ") + error.what();
  }
  UserMetadataBatch batch;
  for (const Recorded& event : page.events) {
    try {
      batch.apply(event);
    } catch (const UnreadableEvent& error) {
      failure = "cannot apply the event at position " + std::to_string(event.position) + ": " + error.what();
      break;
    }
  }
  if (batch.position() > position_) {
    PgTransaction transaction(*table_);
    // First: a rebuild that is about to swap the tables holds this row.
    transaction.run(kAdvance, PgParams().int8(batch.position()).int8(position_));
    send_batch(transaction, kUserMetadata, batch);
    co_await transaction.commit();
    position_ = batch.position();
    watch_->advance(position_);
  }
  if (!failure.empty()) {
    co_await record_failure(failure);
    // However much is appended meanwhile.
    resting_ = true;
    co_await wait(kTrouble);
    resting_ = false;
    // A rebuild may have carried the checkpoint on.
    const PgRows rows = co_await query(*table_, kCheckpoint, {});
    position_ = rows.int8(0, 0);
    co_return true;
  }
  trouble({});
  co_return !page.events.empty();
}

asio::awaitable<void> UserMetadataProjector::record_failure(const std::string& failure) {
  trouble("the projection user_metadata stands still: " + failure);
  {
    const std::lock_guard lock(failure_mutex_);
    failure_ = failure;
  }
  co_await query(*table_, kFail, PgParams().text(failure));
}

asio::awaitable<void> UserMetadataProjector::wait(milliseconds time) {
  wake_.expires_after(time);
  boost::system::error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void UserMetadataProjector::trouble(const std::string& message) {
  if (message.empty()) {
    const std::lock_guard lock(failure_mutex_);
    failure_.clear();
  }
  if (message == trouble_) return;
  trouble_ = message;
  if (options_.on_trouble) options_.on_trouble(message);
}

}  // namespace usermeta
