#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "stream/publication.hpp"

namespace usermeta {

struct KafkaOptions {
  std::string brokers;  // "": nothing is published
  std::vector<std::string> config;
  std::string topic = "usermeta.events";
  std::string state_topic;  // "": none
  int partitions = 6;
  int replication = 0;  // 0: as the brokers have it
  std::string format = "binary";
  std::string external_url;
};

// The service's own.
void add_kafka_options(CLI::App& command, KafkaOptions& options);
// All but the topic: where Kafka is, and what records and new topics look like.
void add_publication_options(CLI::App& command, KafkaOptions& options);

// What a publication wants to know, but for the instance. Throws std::runtime_error, which names what is
// wrong; `topic_option` is how the topic was given.
Publication::Options publication_options(const KafkaOptions& options,
                                         const std::string& topic_option = "--kafka-topic");

}  // namespace usermeta
