#include "commands/command_handler.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace usermeta {
namespace {

// What a pending command costs in memory beside its texts.
constexpr std::size_t kCommandBytes = 400;

struct BytesOf {
  std::size_t operator()(const SetUserMetadata& c) const {
    return c.entry.key.size() + c.entry.value.bytes().size();
  }
  std::size_t operator()(const BulkSetUserMetadata& c) const {
    std::size_t bytes = 0;
    for (const MetadataEntry& e : c.entries) bytes += kCommandBytes + e.key.size() + e.value.bytes().size();
    return bytes;
  }
  std::size_t operator()(const BulkRemoveUserMetadata& c) const {
    std::size_t bytes = 0;
    for (const std::string& key : c.keys) bytes += kCommandBytes + key.size();
    return bytes;
  }
  std::size_t operator()(const AddOrgMember& c) const { return of(c.roles); }
  std::size_t operator()(const AddInstanceMember& c) const { return of(c.roles); }
  static std::size_t of(const std::vector<std::string>& roles) {
    std::size_t bytes = 0;
    for (const std::string& role : roles) bytes += sizeof role + role.size();
    return bytes;
  }
  template <class Small>
  std::size_t operator()(const Small&) const {
    return kCommandBytes;
  }
};

}  // namespace

CommandHandler::CommandHandler(Options options)
    : options_(std::move(options)), cache_(options_.cache_bytes) {}

std::optional<Ticket> CommandHandler::submit(CommandRequest request) {
  const std::size_t bytes = kCommandBytes + std::visit(BytesOf{}, request.command);
  const bool room = has_room() && pending_bytes_ + bytes <= options_.pending_bytes;
  // A lone command is taken whatever its size.
  if (pending_ > 0 && !room) {
    ++since_.refused;
    return std::nullopt;
  }
  Needs needs = needs_of(request);
  queue_.push_back(
      std::make_unique<Pending>(Pending{++last_ticket_, std::move(request), std::move(needs), bytes}));
  ++pending_;
  pending_bytes_ += bytes;
  return last_ticket_;
}

bool CommandHandler::has_room() const {
  return pending_ < options_.pending_commands && pending_bytes_ < options_.pending_bytes;
}

std::optional<Want> CommandHandler::next(Time now) {
  if (waiting_) return std::nullopt;
  if (!started_) {
    waiting_ = true;
    return WantHead{};
  }
  if (behind_) {
    waiting_ = true;
    return WantFollow{known_.position, lock_next_};
  }
  if (stage_ == Stage::ready) return decide_formed(now);
  if (stage_ == Stage::loading || !may_begin()) return std::nullopt;
  if (!form()) {
    if (!locked_ || !in_flight_.empty()) return std::nullopt;
    waiting_ = true;
    return WantUnlock{};
  }
  if (auto load = want_load()) return load;
  return decide_formed(now);
}

// While an event that changes who may do what is under way, nothing is decided: the directory does not have
// it yet. Behind a batch that is under way goes only one that is as large: a batch costs the database a
// commit, however small it is, and under load the queue fills it in no time.
bool CommandHandler::may_begin() const {
  if (in_flight_.empty()) return true;
  const Flight& last = in_flight_.back();
  return in_flight_.size() < options_.batches_in_flight && queue_.size() >= last.commands.size() &&
         !locked_ && !last.changes_access;
}

void CommandHandler::head_is(const Head& head) {
  waiting_ = false;
  started_ = true;
  known_ = tip_ = head;
}

void CommandHandler::followed(std::span<const Recorded> events) {
  for (const Recorded& event : events) {
    // What another process has erased meanwhile is ours as well.
    const auto ours = std::ranges::find_if(unknown_, [&](const Flight& flight) {
      return flight.first && (*flight.first == event.salt || salt_of_erased(*flight.first) == event.salt);
    });
    if (ours != unknown_.end()) {
      land(*ours);
      unknown_.erase(ours);
    }
    known_ = {event.position, event.salt, event.created_at};
    if (!cache_.contains(event.aggregate)) continue;
    try {
      cache_.apply({event.aggregate, event.sequence, event.created_at, event.owner, decode(event)});
    } catch (const UnreadableEvent&) {
      // What it means to the aggregate is not known: the next command on it loads it, and meets this again.
      cache_.drop(event.aggregate);
    }
  }
}

void CommandHandler::follow_ended() {
  waiting_ = false;
  behind_ = false;
  locked_ = std::exchange(lock_next_, false);
  tip_ = known_;
  for (; !unknown_.empty(); unknown_.pop_back()) put_back(unknown_.back().commands);
}

void CommandHandler::load_failed() {
  if (stale_loads_ > 0) {
    --stale_loads_;
    return;
  }
  stage_ = Stage::empty;
  for (const auto& pending : forming_) {
    unpin(*pending);
    answer(*pending, Unavailable{});
  }
  forming_.clear();
}

void CommandHandler::appended(Appended outcome) {
  if (stale_results_ > 0) {
    // It rests on a batch that missed, so its head never was.
    if (outcome == Appended::written) throw std::logic_error("a batch was written behind one that missed");
    --stale_results_;
    return;
  }
  Flight flight = std::move(in_flight_.front());
  in_flight_.pop_front();
  if (outcome == Appended::written) {
    locked_ = false;
    known_ = flight.after;
    for (const auto& pending : flight.commands) unpin(*pending);
    land(flight);
    cache_.shrink();
    return;
  }
  in_flight_.push_front(std::move(flight));
  stale_results_ += in_flight_.size() - 1;
  if (stage_ == Stage::loading) ++stale_loads_;
  give_up_batches();
  ++since_.conflicts;
  for (; !in_flight_.empty(); in_flight_.pop_back()) {
    since_.retried += in_flight_.back().commands.size();
    put_back(in_flight_.back().commands);
  }
}

void CommandHandler::unlocked() {
  waiting_ = false;
  locked_ = false;
}

void CommandHandler::outage() {
  give_up_batches();
  std::ranges::move(in_flight_, std::back_inserter(unknown_));
  in_flight_.clear();
  stale_results_ = stale_loads_ = 0;
  waiting_ = locked_ = false;
}

void CommandHandler::catch_up() {
  if (started_ && !locked_ && in_flight_.empty() && stage_ == Stage::empty) behind_ = true;
}

void CommandHandler::expire(Deadline now) {
  for (const auto& pending : queue_) expire(*pending, now);
  // They count no more, so they may not stay: a queue that nothing is taken from would grow for ever.
  std::erase_if(queue_, [](const auto& pending) { return pending->answered; });
  for (const auto& pending : forming_) expire(*pending, now);
  for (std::deque<Flight>* flights : {&in_flight_, &unknown_})
    for (Flight& flight : *flights)
      for (const auto& pending : flight.commands) expire(*pending, now);
}

void CommandHandler::expire(Pending& pending, Deadline now) {
  if (!pending.answered && pending.request.deadline <= now) answer(pending, Unavailable{});
}

// Nothing in flight or forming can be trusted any more: what those batches touched is forgotten, and the next
// step is to follow the log from the last head that is known for sure, under its lock.
void CommandHandler::give_up_batches() {
  behind_ = started_;
  lock_next_ = started_;
  tip_ = known_;
  for (const Flight& flight : in_flight_) {
    for (const auto& pending : flight.commands) {
      unpin(*pending);
      for (const Needed& needed : pending->needs.aggregates) cache_.drop(needed.aggregate);
    }
  }
  for (const auto& pending : forming_) unpin(*pending);
  put_back(forming_);
  forming_.clear();
  stage_ = Stage::empty;
}

// To the front of the queue, in their order.
void CommandHandler::put_back(Commands& commands) {
  queue_.insert(queue_.begin(), std::make_move_iterator(commands.begin()),
                std::make_move_iterator(commands.end()));
}

void CommandHandler::land(Flight& flight) {
  for (std::size_t i = 0; i < flight.commands.size(); ++i)
    answer(*flight.commands[i], std::move(flight.outcomes[i]));
}

void CommandHandler::answer(Pending& pending, Answer answer) {
  if (pending.answered) return;
  pending.answered = true;
  --pending_;
  pending_bytes_ -= pending.bytes;
  answers_.push_back({pending.ticket, std::move(answer)});
}

}  // namespace usermeta
