#include "tests/commands/memory_log.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "commands/name.hpp"

namespace usermeta {
namespace {

std::optional<Name> claimed_by(const Event& event) {
  if (const auto* human = std::get_if<HumanAdded>(&event)) return user_name_claim(human->user_name);
  if (const auto* machine = std::get_if<MachineAdded>(&event)) return user_name_claim(machine->user_name);
  if (const auto* org = std::get_if<OrgAdded>(&event)) return org_name_claim(org->name);
  return std::nullopt;
}

void take_names(std::map<Name, std::string>& names, const AggregateId& id, const Event& event) {
  if (const auto name = claimed_by(event)) names[*name] = id.id;
  if (std::holds_alternative<UserRemoved>(event))
    std::erase_if(names,
                  [&](const auto& entry) { return entry.second == id.id && entry.first.scope == "user"; });
}

Event without_bytes(const Event& event) {
  if (const auto* set = std::get_if<MetadataSet>(&event); set && !set->erased)
    return MetadataSet{set->key, Value::known_by(set->value.digest())};
  return event;
}

}  // namespace

Head MemoryLog::head() const {
  if (events_.empty()) return {};
  return {events_.back().position, events_.back().salt, events_.back().created_at};
}

std::vector<Recorded> MemoryLog::read(Position after, std::size_t limit) const {
  const auto from = std::min(events_.size(), static_cast<std::size_t>(after));
  const auto count = std::min(limit, events_.size() - from);
  return {events_.begin() + static_cast<std::ptrdiff_t>(from),
          events_.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

std::optional<Loaded> MemoryLog::load(const std::vector<Needed>& aggregates,
                                      const std::vector<Name>& names) const {
  Loaded loaded;
  for (const Needed& needed : aggregates) {
    const auto stream = streams_.find(needed.aggregate);
    if (stream == streams_.end()) continue;
    const std::vector<std::size_t>& all = stream->second;
    std::map<std::string, std::size_t> last;
    for (const std::size_t i : all) {
      if (!decoded_[i]) continue;
      const std::string slot = slot_of(*decoded_[i]);
      last[slot] = i;
      if (slot.starts_with("metadata/")) last["any key"] = i;
    }
    std::vector<std::string> slots = needed.slots;
    std::set<std::size_t> picked;
    if (needed.header) {
      slots.insert(slots.end(), {"state", "email", "metadata", "any key"});
      picked = {all.front(), all.back()};
    }
    for (const std::string& slot : slots)
      if (const auto found = last.find(slot); found != last.end()) picked.insert(found->second);
    for (const std::size_t i : picked) {
      if (!decoded_[i]) return std::nullopt;
      const Recorded& e = events_[i];
      loaded.facts.push_back({e.aggregate, e.sequence, e.created_at, e.owner, *decoded_[i]});
    }
  }
  for (const Name& name : names)
    if (names_.contains(name)) loaded.taken.push_back(name);
  return loaded;
}

Appended MemoryLog::append(const Batch& batch) {
  const Head now = head();
  if (batch.known.position != now.position || batch.known.salt != now.salt) return Appended::missed;
  if (batch.created_at < now.created_at) throw std::logic_error("the clock goes backwards along the log");
  for (const NewEvent& e : batch.events) {
    // What a unique constraint would say.
    if (e.sequence != next_sequence(e.aggregate)) throw std::logic_error("a sequence with a gap or a repeat");
    const EventType& type = type_of(e.event);
    push({0, e.aggregate, e.sequence, std::string(type.name), type.revision, batch.created_at, e.creator,
          e.owner, encode_payload(e.event), e.salt, e.origin},
         e.event);
  }
  // A name that was claimed in the same batch is released without ever having been held.
  for (const Name& name : batch.releases) names_.erase(name);
  for (const auto& [name, holder] : batch.claims)
    if (!names_.emplace(name, holder).second) throw std::logic_error("claimed a held name: " + name.name);
  return Appended::written;
}

void MemoryLog::foreign(const AggregateId& id, const std::string& owner, const Event& event, Time time) {
  const EventType& type = type_of(event);
  Salt salt{};
  salt[0] = std::byte{0xF0};
  for (std::size_t i = 0; i < 8; ++i) salt[8 + i] = std::byte(events_.size() >> (8 * i) & 0xFF);
  push({0,
        id,
        next_sequence(id),
        std::string(type.name),
        type.revision,
        std::max(time, head().created_at),
        "another",
        owner,
        encode_payload(event),
        salt,
        {}},
       event);
  take_names(names_, id, event);
}

void MemoryLog::foreign_unreadable(const AggregateId& id, const std::string& owner, Time time) {
  foreign(id, owner, UserLocked{}, time);
  events_.back().type = "user.of.the.future";
  decoded_.back().reset();
}

std::vector<Fact> MemoryLog::facts(const AggregateId& id, Position until) const {
  std::vector<Fact> facts;
  const auto stream = streams_.find(id);
  if (stream == streams_.end()) return facts;
  for (const std::size_t i : stream->second) {
    const Recorded& e = events_[i];
    if (e.position > until) break;
    if (decoded_[i]) facts.push_back({e.aggregate, e.sequence, e.created_at, e.owner, *decoded_[i]});
  }
  return facts;
}

std::map<Name, std::string> MemoryLog::names_at(Position until) const {
  std::map<Name, std::string> names;
  for (std::size_t i = 0; i < events_.size() && events_[i].position <= until; ++i)
    if (decoded_[i]) take_names(names, events_[i].aggregate, *decoded_[i]);
  return names;
}

Sequence MemoryLog::next_sequence(const AggregateId& id) const {
  const auto stream = streams_.find(id);
  return stream == streams_.end() ? 1 : static_cast<Sequence>(stream->second.size()) + 1;
}

void MemoryLog::push(Recorded recorded, std::optional<Event> event) {
  streams_[recorded.aggregate].push_back(events_.size());
  recorded.position = static_cast<Position>(events_.size()) + 1;
  events_.push_back(std::move(recorded));
  decoded_.push_back(without_bytes(*event));
}

}  // namespace usermeta
