#include "cli/kafka_options.hpp"

#include <stdexcept>

namespace usermeta {
namespace {

// Without a slash at its end.
std::string external_url(std::string url) {
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
    throw std::runtime_error("--external-url " + url +
                             " is not of the form https://HOST or http://HOST:PORT");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void check_state_topic(const KafkaOptions& options) {
  const std::string& name = options.state_topic;
  if (name.empty()) return;
  check_topic_name(name, "--kafka-state-topic");
  if (name == options.topic || name == options.topic + ".positions" || name == options.topic + ".checkpoints")
    throw std::runtime_error("--kafka-state-topic " + name + " is the topic of something else already");
}

void add_record_options(CLI::App& command, KafkaOptions& options) {
  command.add_option("--kafka-partitions", options.partitions, "Partitions of a topic that is made")
      ->envname("USERMETA_KAFKA_PARTITIONS")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command
      .add_option("--kafka-replication", options.replication,
                  "Copies of a topic that is made; 0: as many as the brokers make by default")
      ->envname("USERMETA_KAFKA_REPLICATION")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command
      .add_option(
          "--kafka-format", options.format,
          "How a record is a CloudEvent: binary has its attributes in headers, structured all of it in "
          "one JSON object")
      ->envname("USERMETA_KAFKA_FORMAT")
      ->check(CLI::IsMember({"binary", "structured"}))
      ->capture_default_str();
  command
      .add_option(
          "--external-url", options.external_url,
          "How others reach this service; in records it leads to an event that is too large for Kafka")
      ->envname("USERMETA_EXTERNAL_URL")
      ->type_name("URL");
}

}  // namespace

void add_publication_options(CLI::App& command, KafkaOptions& options) {
  command.add_option("--kafka", options.brokers, "Kafka's brokers")
      ->envname("USERMETA_KAFKA")
      ->type_name("HOST:PORT,...");
  command
      .add_option(
          "--kafka-config", options.config,
          "A property of librdkafka, such as security.protocol=ssl; may come several times, and in the "
          "environment one a line")
      ->envname("USERMETA_KAFKA_CONFIG")
      ->delimiter('\n')
      ->type_name("NAME=VALUE");
  add_record_options(command, options);
}

void add_kafka_options(CLI::App& command, KafkaOptions& options) {
  add_publication_options(command, options);
  command.get_option("--kafka")->description(
      "Kafka's brokers: every event is published there, exactly once and in order for each user");
  command.add_option("--kafka-topic", options.topic, "Topic of the events; it is made when it is missing")
      ->envname("USERMETA_KAFKA_TOPIC")
      ->capture_default_str()
      ->type_name("NAME");
  command
      .add_option("--kafka-state-topic", options.state_topic,
                  "Compacted topic of the metadata as it is now, a record a user and key; none without it")
      ->envname("USERMETA_KAFKA_STATE_TOPIC")
      ->type_name("NAME");
}

Publication::Options publication_options(const KafkaOptions& options, const std::string& topic_option) {
  Publication::Options result;
  result.kafka.brokers = options.brokers;
  for (const std::string& text : options.config)
    result.kafka.properties.push_back(parse_kafka_property(text));
  check_kafka_settings(result.kafka);
  check_topic_name(options.topic, topic_option);
  result.topic = options.topic;
  check_state_topic(options);
  result.state_topic = options.state_topic;
  result.partitions = options.partitions;
  result.replication = options.replication == 0 ? -1 : options.replication;
  if (options.format == "structured") result.format = RecordFormat::structured;
  result.source.external_url = external_url(options.external_url);
  return result;
}

}  // namespace usermeta
