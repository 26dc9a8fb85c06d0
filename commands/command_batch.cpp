#include <algorithm>

#include "commands/command_handler.hpp"
#include "commands/decide.hpp"

namespace usermeta {

// Takes the next batch's commands from the queue. Names are looked up as of the log's head, so a command that
// claims one waits until nothing is under way.
bool CommandHandler::form() {
  std::size_t bytes = 0;
  while (!queue_.empty() && forming_.size() < options_.batch_commands) {
    const Pending& first = *queue_.front();
    if (first.answered) {
      queue_.pop_front();
      continue;
    }
    if (!first.needs.names.empty() && !in_flight_.empty()) break;
    if (!forming_.empty() && bytes + first.bytes > options_.batch_bytes) break;
    bytes += first.bytes;
    for (const Needed& needed : first.needs.aggregates) cache_.pin(needed.aggregate);
    forming_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return !forming_.empty();
}

std::optional<Want> CommandHandler::want_load() {
  asked_.clear();
  names_.clear();
  WantLoad load;
  for (const auto& pending : forming_) {
    for (const Name& name : pending->needs.names)
      if (names_.try_emplace(name).second) load.names.push_back(name);
    for (const Needed& needed : pending->needs.aggregates) {
      auto missing = cache_.missing(needed);
      ++(missing ? since_.cache_misses : since_.cache_hits);
      if (!missing) continue;
      Needed& asked =
          asked_.try_emplace(needed.aggregate, Needed{needed.aggregate, missing->header, {}}).first->second;
      for (std::string& slot : missing->slots)
        if (std::ranges::find(asked.slots, slot) == asked.slots.end()) asked.slots.push_back(std::move(slot));
    }
  }
  if (asked_.empty() && load.names.empty()) return std::nullopt;
  for (const auto& [id, needed] : asked_) load.aggregates.push_back(needed);
  stage_ = Stage::loading;
  return load;
}

void CommandHandler::loaded(const Loaded& loaded) {
  if (stale_loads_ > 0) {
    --stale_loads_;
    return;
  }
  std::map<AggregateId, std::span<const Fact>> facts;
  for (auto from = loaded.facts.begin(); from != loaded.facts.end();) {
    const auto to = std::find_if(from, loaded.facts.end(),
                                 [&](const Fact& fact) { return fact.aggregate != from->aggregate; });
    facts[from->aggregate] = {from, to};
    from = to;
  }
  for (const auto& [id, needed] : asked_) cache_.fill(needed, facts[id]);
  for (const Name& name : loaded.taken) names_[name].taken = true;
  stage_ = Stage::ready;
}

WantAppend CommandHandler::decide_formed(Time now) {
  Batch batch;
  batch.known = tip_;
  batch.created_at = std::max(now, tip_.created_at);
  Flight flight;
  flight.known = flight.after = tip_;
  std::size_t decided = 0;
  // The directory learns what changes access when the batch is written: the commands behind wait for that.
  flight.outcomes.reserve(forming_.size());
  flight.commands.reserve(forming_.size());
  batch.events.reserve(forming_.size());
  for (; decided < forming_.size() && !flight.changes_access; ++decided) {
    auto& pending = forming_[decided];
    flight.outcomes.push_back(pending->answered ? Answer{Unavailable{}}
                                                : decide_one(*pending, batch, flight));
    flight.commands.push_back(std::move(pending));
  }
  forming_.erase(forming_.begin(), forming_.begin() + static_cast<std::ptrdiff_t>(decided));
  for (const auto& pending : forming_) unpin(*pending);
  put_back(forming_);
  forming_.clear();
  stage_ = Stage::empty;
  for (auto& [name, state] : names_) {
    if (!state.changed) continue;
    if (state.taken)
      batch.claims.emplace_back(name, state.holder);
    else
      batch.releases.push_back(name);
  }
  names_.clear();
  tip_ = flight.after;
  in_flight_.push_back(std::move(flight));
  return {std::move(batch)};
}

Answer CommandHandler::decide_one(const Pending& pending, Batch& batch, Flight& flight) {
  std::vector<Name> taken;
  for (const Name& name : pending.needs.names)
    if (names_[name].taken) taken.push_back(name);
  Decision decision = decide(pending.request, cache_, batch.created_at, taken);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) return *refusal;
  return emit(std::get<Decided>(std::move(decision)), pending, batch, flight);
}

Done CommandHandler::emit(Decided decided, const Pending& pending, Batch& batch, Flight& flight) {
  Done done{std::move(decided.unchanged), flight.after.position};
  for (Emitted& emitted : decided.events) {
    const Sequence sequence = cache_.sequence(emitted.aggregate) + 1;
    Fact fact{std::move(emitted.aggregate), sequence, batch.created_at, std::move(emitted.owner),
              std::move(emitted.event)};
    cache_.apply(fact);
    NewEvent event{std::move(fact.aggregate), sequence,
                   std::move(fact.owner),     pending.request.creator,
                   std::move(fact.event),     options_.new_salt(),
                   pending.request.origin};
    if (!flight.first) flight.first = event.salt;
    flight.changes_access |= type_of(event.event).changes_access;
    flight.after = {flight.after.position + 1, event.salt, batch.created_at};
    done = {{sequence, batch.created_at, event.owner}, flight.after.position};
    batch.events.push_back(std::move(event));
  }
  for (const auto& [name, holder] : decided.claims) names_[name] = {true, true, holder};
  for (const Name& name : decided.releases) names_[name] = {false, true, {}};
  return done;
}

void CommandHandler::unpin(const Pending& pending) {
  for (const Needed& needed : pending.needs.aggregates) cache_.unpin(needed.aggregate);
}

}  // namespace usermeta
