#include "proof/log_check.hpp"

#include <utility>

#include "events/cloud_event.hpp"
#include "proof/audit_entry.hpp"

namespace usermeta {
namespace {

std::string instance_in(const std::string& origin) {
  const std::size_t slash = origin.find('/');
  return slash == std::string::npos ? origin : origin.substr(slash + 1);
}

Digest hash_of(const Evidence& evidence) {
  if (evidence.payload_hash) return *evidence.payload_hash;
  return payload_hash(evidence.event.salt, evidence.event.payload);
}

}  // namespace

LogCheck::LogCheck(const std::string& origin, TreeEdge before)
    : instance_(instance_in(origin)),
      source_(source_of({instance_, {}})),
      tree_(std::move(before)),
      begin_(static_cast<Position>(tree_.size())),
      proven_(begin_) {}

std::optional<Difference> LogCheck::add(const Evidence& evidence) {
  const Recorded& event = evidence.event;
  const auto next = static_cast<Position>(tree_.size()) + 1;
  if (event.position > next) return Difference{next, "the event is missing"};
  if (event.position < next) return Difference{event.position, "the event is there twice"};
  Digest leaf;
  try {
    leaf = leaf_hash(audit_entry(event, source_, hash_of(evidence)));
  } catch (const UnreadableEvent& error) {
    return Difference{next, error.what()};
  }
  if (evidence.leaf && *evidence.leaf != leaf)
    return Difference{next, "the event is not the one that was put into the tree"};
  auto wrong = check_place(event);
  if (!wrong && evidence.payload_hash && !evidence.is_entry) wrong = check_erased(evidence);
  if (wrong) return Difference{next, *std::move(wrong)};
  tree_.add(leaf);
  if (auto difference = check_erasure(event)) return difference;
  return check_root();
}

std::optional<std::string> LogCheck::check_place(const Recorded& event) {
  if (event.created_at < std::exchange(last_date_, event.created_at))
    return "the event is dated before the one before it";
  const auto [found, fresh] = sequences_.try_emplace(subject_of(event.aggregate), event.sequence);
  const Sequence before = std::exchange(found->second, event.sequence);
  const bool good = fresh ? begin_ > 0 || event.sequence == 1 : event.sequence == before + 1;
  if (good) return std::nullopt;
  return "the sequence " + std::to_string(event.sequence) + " of " + subject_of(event.aggregate) +
         " comes after " + std::to_string(fresh ? 0 : before);
}

// That the payload holds nothing but its key; what asked for that is still to come.
std::optional<std::string> LogCheck::check_erased(const Evidence& evidence) {
  const Recorded& event = evidence.event;
  try {
    const Event what = decode(event);
    const auto* set = std::get_if<MetadataSet>(&what);
    if (!set || !set->erased || encode_payload(what) != event.payload)
      return "the event counts as erased, but has more than an erased one has";
    if (evidence.erased_by <= event.position) return "the event is erased by one that was before it";
    Erasure& erasure = erasures_[evidence.erased_by];
    if (erasure.user.empty()) erasure.user = event.aggregate.id;
    if (erasure.user != event.aggregate.id) return "the event is erased by one that is for another user";
    erasure.keys.emplace(set->key, event.position);
    ++erasure.events;
    return std::nullopt;
  } catch (const UnreadableEvent& error) {
    return std::string("the event is erased, but cannot be read: ") + error.what();
  }
}

// What was erased by this event must be what it asks for.
std::optional<Difference> LogCheck::check_erasure(const Recorded& event) {
  if (erasures_.empty() || erasures_.begin()->first != event.position) return std::nullopt;
  const Erasure erasure = std::move(erasures_.extract(erasures_.begin()).mapped());
  std::optional<MetadataValuesErased> asked;
  try {
    const Event what = decode(event);
    if (const auto* found = std::get_if<MetadataValuesErased>(&what)) asked = *found;
  } catch (const UnreadableEvent&) {
    asked.reset();
  }
  const bool same_user = event.aggregate == AggregateId{AggregateType::user, erasure.user};
  for (const auto& [key, position] : erasure.keys)
    if (!asked || !same_user || (!asked->key.empty() && asked->key != key))
      return Difference{position, "the value is erased, but the event at position " +
                                      std::to_string(event.position) + " has not asked for that"};
  erased_ += erasure.events;
  return std::nullopt;
}

std::optional<Difference> LogCheck::check_root() {
  while (!expected_.empty() && expected_.front().size <= tree_.size()) {
    const Checkpoint checkpoint = std::move(expected_.front());
    expected_.pop_front();
    if (checkpoint.size != tree_.size() || checkpoint.root != tree_.root())
      return Difference{proven_ + 1, "one of the events from here to position " +
                                         std::to_string(checkpoint.size) + " is not what was signed"};
    proven_ = static_cast<Position>(checkpoint.size);
  }
  return std::nullopt;
}

std::int64_t LogCheck::unasked() const {
  std::int64_t events = 0;
  for (const auto& [position, erasure] : erasures_) events += erasure.events;
  return events;
}

std::optional<Difference> LogCheck::end(bool whole) const {
  const auto next = static_cast<Position>(tree_.size()) + 1;
  if (!expected_.empty())
    return Difference{next, "the log ends before it, but was signed up to position " +
                                std::to_string(expected_.back().size)};
  if (!whole) return std::nullopt;
  for (const auto& [position, erasure] : erasures_)
    for (const auto& [key, first] : erasure.keys)
      return Difference{first, "the value is erased by an event at position " + std::to_string(position) +
                                   ", which is not there"};
  return std::nullopt;
}

}  // namespace usermeta
