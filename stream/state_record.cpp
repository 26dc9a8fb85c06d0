#include "stream/state_record.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace usermeta {
namespace {

KafkaRecord record_of(const std::string& topic, const Recorded& event, std::string_view key,
                      std::optional<std::string> value) {
  KafkaRecord record{
      .topic = topic, .key = state_key(event.aggregate.id, key), .value = std::move(value), .headers = {}};
  record.headers.emplace_back("position", std::to_string(event.position));
  const auto time = std::chrono::floor<std::chrono::milliseconds>(event.created_at);
  record.timestamp = time.time_since_epoch().count();
  return record;
}

}  // namespace

std::vector<KafkaRecord> state_records(const std::string& topic, const Recorded& event,
                                       const std::vector<std::string>& removed) {
  std::vector<KafkaRecord> records;
  if (removes_all_metadata(event)) {
    records.reserve(removed.size());
    for (const std::string& key : removed) records.push_back(record_of(topic, event, key, std::nullopt));
  } else if (event.type.starts_with("user.metadata.")) {
    const Event happened = decode(event);
    const auto* set = std::get_if<MetadataSet>(&happened);
    if (set && !set->erased)
      records.push_back(record_of(topic, event, set->key, set->value.bytes()));
    else if (set)
      records.push_back(record_of(topic, event, set->key, std::nullopt));
    else if (const auto* gone = std::get_if<MetadataRemoved>(&happened))
      records.push_back(record_of(topic, event, gone->key, std::nullopt));
    else if (const auto* erased = std::get_if<MetadataValuesErased>(&happened))
      records.push_back(record_of(topic, event, erased->key, std::nullopt));
  }
  return records;
}

KafkaRecord state_record_by_reference(KafkaRecord record, const EventSource& source, Position position) {
  record.value = std::string();
  record.headers.emplace_back("dataref", event_url(source, position));
  return record;
}

bool removes_all_metadata(const Recorded& event) {
  if (event.type == "user.removed" || event.type == "user.metadata.removed.all") return true;
  if (event.type != "user.metadata.values.erased") return false;
  return std::get<MetadataValuesErased>(decode(event)).key.empty();
}

std::string state_key(std::string_view user, std::string_view key) {
  std::string result;
  result.reserve(user.size() + 1 + key.size());
  for (const char c : user) {
    if (c == '%')
      result += "%25";
    else if (c == '/')
      result += "%2F";
    else
      result += c;
  }
  result += '/';
  result += key;
  return result;
}

}  // namespace usermeta
