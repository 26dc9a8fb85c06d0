#include "commands/aggregate_cache.hpp"

#include <stdexcept>
#include <string_view>

namespace usermeta {
namespace {

// What an entry costs without its slots, and what a slot costs beside its name: nodes, buckets, allocator.
constexpr std::size_t kEntryBytes = 512;
constexpr std::size_t kSlotBytes = 112;

// The part of a slot's name behind `kind`, or nothing when it is a slot of another kind.
std::optional<std::string> part(std::string_view slot, std::string_view kind) {
  if (!slot.starts_with(kind)) return std::nullopt;
  return std::string(slot.substr(kind.size()));
}

bool knows(const Aggregate& aggregate, std::string_view slot) {
  if (const auto* user = std::get_if<User>(&aggregate)) {
    if (const auto key = part(slot, "metadata/")) return user->metadata.contains(*key);
    if (const auto token = part(slot, "token/")) return user->tokens.contains(*token);
    return false;
  }
  const auto member = part(slot, "member/");
  return member && std::get<Membership>(aggregate).members.contains(*member);
}

// Until a fact says otherwise, a slot that was asked for is empty.
void set_empty(Aggregate& aggregate, std::string_view slot) {
  if (auto* user = std::get_if<User>(&aggregate)) {
    if (const auto key = part(slot, "metadata/")) user->metadata.try_emplace(*key, std::nullopt);
    if (const auto token = part(slot, "token/")) user->tokens.try_emplace(*token, false);
  } else if (const auto member = part(slot, "member/")) {
    std::get<Membership>(aggregate).members.try_emplace(*member, false);
  }
}

Sequence sequence_of(const Aggregate& aggregate) {
  return std::visit([](const auto& a) { return a.sequence; }, aggregate);
}

template <class Slots>
std::size_t bytes_of(const Slots& slots) {
  std::size_t bytes = 0;
  for (const auto& [name, state] : slots) bytes += kSlotBytes + name.size();
  return bytes;
}

std::size_t bytes_of(const Aggregate& aggregate) {
  if (const auto* membership = std::get_if<Membership>(&aggregate)) return bytes_of(membership->members);
  const User& user = std::get<User>(aggregate);
  return bytes_of(user.metadata) + bytes_of(user.tokens) + user.user_name.size();
}

std::size_t slots_of(const Aggregate& aggregate) {
  if (const auto* membership = std::get_if<Membership>(&aggregate)) return membership->members.size();
  const User& user = std::get<User>(aggregate);
  return user.metadata.size() + user.tokens.size();
}

}  // namespace

std::optional<Needed> AggregateCache::missing(const Needed& needed) const {
  const auto found = entries_.find(needed.aggregate);
  if (found == entries_.end()) return needed;
  std::vector<std::string> slots;
  for (const std::string& slot : needed.slots)
    if (!knows(found->second.aggregate, slot)) slots.push_back(slot);
  if (slots.empty()) return std::nullopt;
  return Needed{needed.aggregate, false, std::move(slots)};
}

void AggregateCache::fill(const Needed& asked, std::span<const Fact> facts) {
  Entry& entry = touch(asked.aggregate);
  std::size_t names = 0;
  for (const std::string& slot : asked.slots) {
    set_empty(entry.aggregate, slot);
    names += slot.size();
  }
  for (const Fact& fact : facts) {
    std::visit(
        [&](auto& aggregate) {
          if (!asked.header)
            evolve_slot(aggregate, fact);
          else if (fact.sequence > aggregate.sequence)
            evolve(aggregate, fact);
        },
        entry.aggregate);
  }
  weigh(entry, asked.slots.size(), names);
}

const User& AggregateCache::user(const std::string& id) const {
  return std::get<User>(at({AggregateType::user, id}).aggregate);
}

const Membership& AggregateCache::membership(const AggregateId& id) const {
  return std::get<Membership>(at(id).aggregate);
}

Sequence AggregateCache::sequence(const AggregateId& id) const {
  return sequence_of(at(id).aggregate);
}

void AggregateCache::apply(const Fact& fact) {
  const auto found = entries_.find(fact.aggregate);
  if (found == entries_.end()) return;
  const Sequence known = sequence_of(found->second.aggregate);
  if (fact.sequence <= known) return;
  if (fact.sequence != known + 1) return drop(fact.aggregate);
  Entry& entry = found->second;
  look_at(entry);
  std::visit([&](auto& aggregate) { evolve(aggregate, fact); }, entry.aggregate);
  // The first event brings the user's name.
  const bool heavier = slots_of(entry.aggregate) != entry.slots || fact.sequence == 1;
  if (heavier) weigh(entry, 1, slot_of(fact.event).size());
}

void AggregateCache::pin(const AggregateId& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    ++pins_[id];
    return;
  }
  ++found->second.pins;
  look_at(found->second);
}

void AggregateCache::unpin(const AggregateId& id) {
  const auto found = entries_.find(id);
  if (found != entries_.end() && found->second.pins > 0) {
    --found->second.pins;
    return;
  }
  const auto absent = pins_.find(id);
  if (absent == pins_.end()) throw std::logic_error("unpinned an aggregate that is not pinned");
  if (--absent->second == 0) pins_.erase(absent);
}

void AggregateCache::drop(const AggregateId& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  if (found->second.pins > 0) pins_.emplace(id, found->second.pins);
  by_use_.erase(found->second.use);
  entries_.erase(found);
}

void AggregateCache::shrink() {
  auto last = by_use_.end();
  while (bytes_ > bound_ && last != by_use_.begin()) {
    const auto candidate = std::prev(last);
    if (entries_.at(*candidate).pins > 0) {
      last = candidate;
      continue;
    }
    const AggregateId id = *candidate;
    drop(id);
  }
}

AggregateCache::Entry& AggregateCache::touch(const AggregateId& id) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) {
    look_at(found->second);
    return found->second;
  }
  by_use_.push_front(id);
  Aggregate empty;
  if (id.type != AggregateType::user) empty = Membership{};
  int pins = 0;
  if (const auto pinned = pins_.extract(id)) pins = pinned.mapped();
  return entries_.emplace(id, Entry{std::move(empty), 0, 0, pins, by_use_.begin()}).first->second;
}

// Not slot by slot when it is known what came: a user can have very many.
void AggregateCache::weigh(Entry& entry, std::size_t fresh, std::size_t names) {
  const std::size_t slots = slots_of(entry.aggregate);
  std::size_t bytes = entry.bytes;
  if (bytes > 0 && slots == entry.slots + fresh)
    bytes += fresh * kSlotBytes + names;
  else
    bytes = kEntryBytes + 2 * entry.use->id.size() + bytes_of(entry.aggregate);
  bytes_ += bytes - entry.bytes;
  entry.bytes = bytes;
  entry.slots = slots;
}

const AggregateCache::Entry& AggregateCache::at(const AggregateId& id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) throw std::logic_error("decided on an aggregate that was not loaded");
  return found->second;
}

}  // namespace usermeta
