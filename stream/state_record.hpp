#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "events/cloud_event.hpp"
#include "stream/kafka_record.hpp"

namespace usermeta {

// What is true now, a record a metadata key, in a compacted topic:
//
//   key      USER "/" KEY       in USER "%" is written as %25 and "/" as %2F: the first slash is the border
//   value    the value's bytes  none when the key or the user was removed, or the value erased: a tombstone
//   headers  position           of the event that made it so, in decimal digits
//            dataref            where that event is, when the value is too large; then the record's is empty
//
// The record's time is the event's.

// The records that follow from an event; none for an event of something else. `removed`: the keys that the
// user had, when it removes all of them. Throws UnreadableEvent.
std::vector<KafkaRecord> state_records(const std::string& topic, const Recorded& event,
                                       const std::vector<std::string>& removed);
// The same record for a topic that does not take the value. Not a tombstone: the key has a value.
KafkaRecord state_record_by_reference(KafkaRecord record, const EventSource& source, Position position);

// Whether the event removes all of its user's metadata at once. Throws UnreadableEvent.
bool removes_all_metadata(const Recorded& event);

// The keys that a user had ever had before an event that removes all of them, by that event's position. Some
// may have been removed before: to remove them once more changes nothing.
using RemovedKeys = std::map<Position, std::vector<std::string>>;

std::string state_key(std::string_view user, std::string_view key);

}  // namespace usermeta
