#pragma once

#include <cstdint>

#include "events/cloud_event.hpp"
#include "stream/kafka_record.hpp"

namespace usermeta {

// CloudEvents' two ways into Kafka (its "Kafka Protocol Binding"):
//
//   binary      headers  ce_NAME: one for each attribute, content-type: the data's
//               value    the data
//   structured  headers  content-type: application/cloudevents+json; charset=UTF-8
//               value    one JSON object with attributes and data
enum class RecordFormat : std::uint8_t { binary, structured };

// The key is the aggregate's id: all events of one aggregate are in one partition, in order. The record's
// time is the event's, so that a consumer can begin at a moment.
KafkaRecord event_record(const std::string& topic, const Recorded& event, const EventSource& source,
                         RecordFormat format);
// The same without its data, for an event that is too large. In binary format the value is empty.
KafkaRecord event_record_by_reference(const std::string& topic, const Recorded& event,
                                      const EventSource& source, RecordFormat format);

}  // namespace usermeta
