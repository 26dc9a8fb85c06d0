#pragma once

#include <string>
#include <utility>
#include <vector>

namespace usermeta {

// How to reach Kafka.
struct KafkaSettings {
  std::string brokers;  // HOST:PORT,...
  // librdkafka's own properties by name, for TLS, SASL and tuning.
  std::vector<std::pair<std::string, std::string>> properties;
};

// Reads NAME=VALUE; the value may hold further equal signs. Throws std::runtime_error.
std::pair<std::string, std::string> parse_kafka_property(const std::string& text);

// Throws std::runtime_error, which names the property, for one that librdkafka does not know or does not take
// that value for, for one that would break what the publisher promises (each event once, in order), and for
// several that do not go together. Does not ask Kafka.
void check_kafka_settings(const KafkaSettings& settings);

// Throws std::runtime_error when no topic of Kafka's can have that name; `option` is how it was given.
void check_topic_name(const std::string& topic, const std::string& option);

}  // namespace usermeta
