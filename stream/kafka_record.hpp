#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace usermeta {

// What is sent to a topic. Bytes, but for the names of the headers.
struct KafkaRecord {
  std::string topic;
  std::string key;
  std::optional<std::string> value;  // none: a tombstone
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::int64_t timestamp = 0;  // milliseconds since 1970; 0: when it is sent
};

}  // namespace usermeta
