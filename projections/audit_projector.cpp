#include "projections/audit_projector.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/event_list.hpp"
#include "proof/audit_entry.hpp"
#include "proof/signed_note.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// How long it takes at most to notice what another process appended, or that the projecting one is gone.
constexpr milliseconds kAuditIdle{1000};
constexpr milliseconds kAuditTrouble{1000};
// How many events make one transaction at most.
constexpr std::int64_t kMostAudited = 4000;
constexpr std::size_t kMostLeaves = 65'536;  // 2 MB

constexpr PgStatement kTakeAuditLock{"audit_take_lock", "SELECT pg_try_advisory_lock(7310201121)"};

}  // namespace

AuditProjector::AuditProjector(const asio::any_io_executor& executor, Options options)
    : options_(std::move(options)),
      strand_(asio::make_strand(executor)),
      connection_(std::make_shared<PgPipeline>(
          strand_, PgPipeline::Options{.conninfo = options_.conninfo,
                                       .application_name = "usermeta audit " + options_.process,
                                       // What was signed is remembered here: it may not be lost there.
                                       .settings = std::string(kByEventIndex) + " -c synchronous_commit=on",
                                       .patience = std::chrono::seconds(60),
                                       .counts = options_.counts})),
      wake_(strand_),
      stopped_(strand_, asio::steady_timer::time_point::max()),
      tail_(kMostLeaves) {}

void AuditProjector::start() {
  asio::co_spawn(strand_, run(), asio::detached);
}

void AuditProjector::appended(std::shared_ptr<const Batch> batch) {
  if (!inbox_.put(std::move(batch))) return;
  asio::post(strand_, [this] {
    if (inbox_.crowded()) take_appended();
    wake();
  });
}

void AuditProjector::take_appended() {
  for (const auto& batch : inbox_.take())
    if (projecting_) tail_.add(*batch, identity_.source);
}

void AuditProjector::poke() {
  asio::dispatch(strand_, [this] {
    untold_ = true;
    wake();
  });
}

void AuditProjector::wake() {
  grown_ = true;
  if (until_poked_) wake_.cancel();
}

asio::awaitable<void> AuditProjector::stop() {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto end = [this]() -> asio::awaitable<void> {
    stopping_ = true;
    wake_.cancel();
    connection_->close();
    boost::system::error_code ignored;
    if (running_) co_await stopped_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  };
  co_await asio::co_spawn(strand_, end, asio::use_awaitable);
}

std::string AuditProjector::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

asio::awaitable<void> AuditProjector::run() {
  running_ = true;
  while (!stopping_) {
    std::string stands_still, outage;
    try {
      const bool loaded = co_await take_lock();
      if (loaded) co_await project();
    } catch (const StandsStill& error) {
      stands_still = error.what();
    } catch (const UnreadableEvent& error) {
      stands_still = error.what();
    } catch (const DamagedTree& error) {
      stands_still = error.what();
    } catch (const StatementFailed& error) {
      // Another process has moved it: its state is read again.
      if (error.constraint() != kAuditMoved) outage = error.what();
    } catch (const std::exception& error) {
      outage = error.what();
    }
    projecting_ = false;
    take_appended();
    tail_.clear();
    const bool failed = !stands_still.empty() || !outage.empty();
    if (failed && !stopping_)
      trouble(stands_still.empty() ? outage : "the transparency log stands still: " + stands_still);
    {
      const std::lock_guard lock(failure_mutex_);
      failure_ = stands_still;
    }
    if (failed) co_await wait(kAuditTrouble, false);
  }
  running_ = false;
  stopped_.cancel();
}

// Whether it is this process that projects, with what is needed for it; waits a while when it is not.
asio::awaitable<bool> AuditProjector::take_lock() {
  grown_ = false;
  // First: whoever has another key leaves the lock to others.
  if (seen_.size == 0) seen_ = remembered_checkpoint(options_.remembered, options_.key);
  const PgRows rows = co_await query(*connection_, kTakeAuditLock, {});
  const bool loaded = co_await load();
  if (!rows.boolean(0, 0)) {
    trouble({});
    co_await wait(kAuditIdle, false);
    co_return false;
  }
  projecting_ = loaded;
  // A log without an event has no name.
  if (!loaded && !grown_) co_await wait(kAuditIdle, true);
  co_return loaded;
}

// Whether the log has an event.
asio::awaitable<bool> AuditProjector::load() {
  auto state = co_await load_audit_state(*connection_, options_.key, seen_);
  position_ = state ? static_cast<Position>(state->tree.size()) : 0;
  if (!state) co_return false;
  identity_ = std::move(state->identity);
  signed_ = std::move(state->newest);
  if (signed_.size > seen_.size) remember(signed_, state->note);
  tree_ = std::move(state->tree);
  last_leaf_ = state->last_leaf;
  co_return true;
}

asio::awaitable<void> AuditProjector::project() {
  while (!stopping_) {
    grown_ = false;
    take_appended();
    const bool more = co_await step();
    if (!more) co_await rest();
  }
}

// Takes what comes next into the tree. Whether more is there already.
asio::awaitable<bool> AuditProjector::step() {
  const std::uint64_t before = tree_.size();
  const auto leaves = tail_.take(static_cast<Position>(before), kMostAudited);
  bool more = false;
  if (leaves.empty()) {
    untold_ = false;
    more = co_await grow_from_log(kMostAudited);
    if (!more && tree_.size() < seen_.size)
      throw StandsStill("the log ends at" + at_position(tree_.size()) + but_seen(seen_));
  } else {
    if (before > 0) co_await grow_from_log(1);
    for (const Digest& leaf : leaves) add(leaf);
    // Behind them there may be what another process has appended.
    more = !tail_.empty() || untold_;
  }
  if (tree_.size() > before || is_due(before)) co_await write(before);
  trouble({});
  co_return more;
}

// Reads so many events at most, the first of them the newest that the tree has: it must still be there.
// Whether there may be more.
asio::awaitable<bool> AuditProjector::grow_from_log(std::int64_t most) {
  const std::uint64_t before = tree_.size();
  const Position after = before == 0 ? 0 : static_cast<Position>(before) - 1;
  const auto events = co_await read_audited(*connection_, after, most);
  if (events.empty() && before > 0) throw StandsStill("the log has lost the event at" + at_position(before));
  grow(events);
  co_return static_cast<std::int64_t>(events.size()) == most;
}

void AuditProjector::grow(const std::vector<AuditedEvent>& events) {
  const std::uint64_t before = tree_.size();
  for (const AuditedEvent& audited : events) {
    const auto position = static_cast<std::uint64_t>(audited.event.position);
    const Digest leaf = leaf_hash(audit_entry(audited.event, identity_.source, audited.payload_hash));
    if (position == before && leaf != last_leaf_)
      throw StandsStill("the event at" + at_position(position) + " is not the one that the tree has");
    if (position <= before) continue;
    if (position != tree_.size() + 1)
      throw StandsStill("the log has no event at" + at_position(tree_.size() + 1));
    add(leaf);
  }
}

void AuditProjector::add(const Digest& leaf) {
  tree_.add(leaf);
  last_leaf_ = leaf;
  if (tree_.size() == seen_.size && tree_.root() != seen_.root)
    throw StandsStill("the tree that is made is another one" + but_seen(seen_));
}

bool AuditProjector::is_due(std::uint64_t size) const {
  if (size <= signed_.size || size < seen_.size) return false;
  return size - signed_.size >= options_.checkpoint_events || !signed_at_ ||
         Clock::now() - *signed_at_ >= options_.checkpoint_time;
}

asio::awaitable<void> AuditProjector::write(std::uint64_t before) {
  PgTransaction transaction(*connection_);
  send_tree(transaction, tree_, before);
  const bool signs = is_due(tree_.size());
  Checkpoint checkpoint = signed_;
  std::string note;
  if (signs) {
    checkpoint = {identity_.origin, tree_.size(), tree_.root()};
    note = sign_note(to_text(checkpoint), identity_.origin, options_.key);
    send_checkpoint(transaction, checkpoint.size, note);
  }
  co_await transaction.commit();
  position_ = static_cast<Position>(tree_.size());
  signed_ = checkpoint;
  if (!signs) co_return;
  signed_at_ = Clock::now();
  remember(checkpoint, note);
}

void AuditProjector::remember(const Checkpoint& checkpoint, const std::string& note) {
  if (options_.remember) options_.remember(note);
  seen_ = checkpoint;
}

// Until there is something to do that is worth a transaction.
asio::awaitable<void> AuditProjector::rest() {
  if (tree_.size() == signed_.size && !grown_) co_await wait(kAuditIdle, true);
  milliseconds time = options_.gather;
  if (signed_at_ && tree_.size() > signed_.size) {
    const auto due = std::chrono::ceil<milliseconds>(*signed_at_ + options_.checkpoint_time - Clock::now());
    time = std::clamp(due, milliseconds(1), options_.gather);
  }
  co_await wait(time, false);
}

asio::awaitable<void> AuditProjector::wait(milliseconds time, bool until_poked) {
  if (stopping_) co_return;
  until_poked_ = until_poked;
  wake_.expires_after(time);
  boost::system::error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  until_poked_ = false;
}

void AuditProjector::trouble(const std::string& message) {
  if (message.empty()) {
    const std::lock_guard lock(failure_mutex_);
    failure_.clear();
  }
  if (message == trouble_) return;
  trouble_ = message;
  if (options_.on_trouble) options_.on_trouble(message);
}

}  // namespace usermeta
