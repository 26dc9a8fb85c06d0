#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "stream/kafka_client.hpp"

namespace usermeta {

// A topic as it is to be made.
struct Topic {
  std::string name;
  int partitions = 1;
  int replication = -1;                                          // -1: as many as the brokers make by default
  std::vector<std::pair<std::string, std::string>> config = {};  // Kafka's own
};

// Of every event, for ever, with room for the largest value.
Topic event_topic(std::string name, int partitions, int replication);
// Of a current value for each key.
Topic compacted_topic(std::string name, int partitions, int replication);

// Makes the topics that are missing and leaves those that exist as they are, then waits until each partition
// has a leader: one that we may not make is waited for, somebody else has to make it. Whatever may do later
// is tried again until `stop` is requested; `on_retry` hears of it. Throws KafkaFailed for everything else.
void ensure_topics(const KafkaSettings& settings, const KafkaClient::Options& options,
                   const std::vector<Topic>& topics, const std::stop_token& stop,
                   const std::function<void(const std::string&)>& on_retry);

}  // namespace usermeta
