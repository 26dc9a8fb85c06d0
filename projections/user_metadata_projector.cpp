#include "projections/user_metadata_projector.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/user_metadata_table.hpp"
#include "store/pg_query.hpp"
#include "store/read_log.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// How long it takes at most to notice what another process appended, or that the projecting one is gone.
constexpr milliseconds kIdle{100};
constexpr milliseconds kWatch{5};
constexpr milliseconds kTrouble{1000};
// How long events gather for one transaction while nobody waits for them.
constexpr milliseconds kGather{20};
// And how many make one at most.
constexpr std::size_t kMostEvents = 2000;
constexpr std::size_t kTailBytes = 16 << 20;

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
                                       std::chrono::seconds(60), options_.counts})),
      log_(strand_, options_.conninfo, "(projector) " + options_.process, options_.counts),
      wake_(strand_),
      stopped_(strand_),
      tail_(kTailBytes) {}

void UserMetadataProjector::start() {
  watch_->on_wanted([this] { asio::dispatch(strand_, [this] { wake(true); }); });
  asio::co_spawn(strand_, run(), asio::detached);
}

void UserMetadataProjector::appended(std::shared_ptr<const Batch> batch) {
  if (!inbox_.put(std::move(batch))) return;
  asio::post(strand_, [this] {
    if (inbox_.crowded()) take_appended();
    wake(false);
  });
}

void UserMetadataProjector::poke() {
  asio::dispatch(strand_, [this] { wake(false); });
}

void UserMetadataProjector::take_appended() {
  for (auto& batch : inbox_.take())
    if (projecting_) tail_.add(std::move(batch));
}

void UserMetadataProjector::wake(bool wanted) {
  grown_ = true;
  const bool ends = rest_ == Rest::idle || (wanted && rest_ != Rest::none);
  if (ends) wake_.cancel();
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
      projecting_ = co_await take_lock();
      if (projecting_)
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
    projecting_ = false;
    take_appended();
    tail_.clear();
    // The connection pauses between attempts by itself; this is for what fails although it is there.
    if (outage && !stopping_) co_await wait(kIdle, Rest::none);
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
    co_await wait(watch_->wanted() > position_ ? kWatch : kIdle, Rest::watching);
    take_appended();
    const PgRows rows = co_await query(*table_, kCheckpoint, {});
    position_ = rows.int8(0, 0);
    watch_->advance(position_);
  }
}

asio::awaitable<void> UserMetadataProjector::project() {
  while (!stopping_) {
    grown_ = false;
    take_appended();
    const bool more = co_await step();
    if (!more) co_await gather();
  }
}

// Until there is something to do that is worth a transaction. What came while the last step was under way may
// have been too late for it.
asio::awaitable<void> UserMetadataProjector::gather() {
  if (!grown_) co_await wait(kIdle, Rest::idle);
  if (grown_ && watch_->wanted() <= position_) co_await wait(kGather, Rest::gathering);
}

// Takes what comes next and carries it out. Whether more is there already.
asio::awaitable<bool> UserMetadataProjector::step() {
  const Next found = co_await next();
  if (found.changes.position() > position_) {
    PgTransaction transaction(*table_);
    // First: a rebuild that is about to swap the tables holds this row.
    transaction.run(kAdvance, PgParams().int8(found.changes.position()).int8(position_));
    send_batch(transaction, kUserMetadata, found.changes);
    co_await transaction.commit();
    position_ = found.changes.position();
    watch_->advance(position_);
  }
  if (!found.failure.empty()) {
    co_await record_failure(found.failure);
    // However much is appended meanwhile.
    co_await wait(kTrouble, Rest::none);
    // A rebuild may have carried the checkpoint on.
    const PgRows rows = co_await query(*table_, kCheckpoint, {});
    position_ = rows.int8(0, 0);
    co_return true;
  }
  trouble({});
  co_return found.more;
}

asio::awaitable<UserMetadataProjector::Next> UserMetadataProjector::next() {
  const auto batches = tail_.take(position_, kMostEvents);
  if (!batches.empty()) co_return next_from_tail(batches);
  co_return co_await next_from_log();
}

UserMetadataProjector::Next UserMetadataProjector::next_from_tail(
    const std::vector<std::shared_ptr<const Batch>>& batches) const {
  Next found;
  for (const auto& batch : batches) {
    Position position = batch->known.position;
    for (const NewEvent& event : batch->events)
      if (++position > position_) found.changes.apply(event, position, batch->created_at);
  }
  // Behind the tail there may be what another process has appended.
  found.more = !tail_.empty() || watch_->wanted() > found.changes.position();
  return found;
}

asio::awaitable<UserMetadataProjector::Next> UserMetadataProjector::next_from_log() {
  Next found;
  Page page;
  try {
    page = co_await read_log(log_, position_);
  } catch (const UnreadableEvent& error) {
    found.failure = std::string("cannot read ") + error.what();
  }
  for (const Recorded& event : page.events) {
    try {
      found.changes.apply(event);
    } catch (const UnreadableEvent& error) {
      found.failure =
          "cannot apply the event at position " + std::to_string(event.position) + ": " + error.what();
      break;
    }
  }
  found.more = !page.end;
  co_return found;
}

asio::awaitable<void> UserMetadataProjector::record_failure(const std::string& failure) {
  trouble("the projection user_metadata stands still: " + failure);
  {
    const std::lock_guard lock(failure_mutex_);
    failure_ = failure;
  }
  co_await query(*table_, kFail, PgParams().text(failure));
}

asio::awaitable<void> UserMetadataProjector::wait(milliseconds time, Rest rest) {
  if (stopping_) co_return;
  rest_ = rest;
  wake_.expires_after(time);
  boost::system::error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  rest_ = Rest::none;
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
