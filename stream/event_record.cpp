#include "stream/event_record.hpp"

#include <chrono>

namespace usermeta {
namespace {

KafkaRecord record_of(const std::string& topic, const Recorded& recorded, CloudEvent event,
                      RecordFormat format) {
  KafkaRecord record{.topic = topic, .key = recorded.aggregate.id, .value = std::string()};
  const auto time = std::chrono::floor<std::chrono::milliseconds>(recorded.created_at);
  record.timestamp = time.time_since_epoch().count();
  if (format == RecordFormat::structured) {
    record.headers.emplace_back("content-type", kCloudEventJson);
    record.value = as_json(event);
    return record;
  }
  record.headers.reserve(event.attributes.size() + 1);
  for (auto& [name, value] : event.attributes)
    record.headers.emplace_back("ce_" + std::string(name), std::move(value));
  if (!event.data.empty()) record.headers.emplace_back("content-type", kCloudEventData);
  record.value = std::move(event.data);
  return record;
}

}  // namespace

KafkaRecord event_record(const std::string& topic, const Recorded& event, const EventSource& source,
                         RecordFormat format) {
  return record_of(topic, event, cloud_event(event, source), format);
}

KafkaRecord event_record_by_reference(const std::string& topic, const Recorded& event,
                                      const EventSource& source, RecordFormat format) {
  return record_of(topic, event, cloud_event_by_reference(event, source), format);
}

}  // namespace usermeta
