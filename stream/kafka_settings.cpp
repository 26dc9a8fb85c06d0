#include "stream/kafka_settings.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include "stream/kafka_client.hpp"

namespace usermeta {
namespace {

struct Reserved {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view kExactlyOnce = "each event would no longer come exactly once";
constexpr std::string_view kOrder = "events of one user would no longer come in order";
constexpr std::string_view kReadsBack = "the publisher could no longer read back what it has published";
constexpr std::string_view kOwnOption = "it has an option of its own: --kafka";
constexpr std::string_view kUnused = "the publisher is no consumer of a group";

constexpr std::array kReserved{
    Reserved{"bootstrap.servers", kOwnOption},
    Reserved{"metadata.broker.list", kOwnOption},
    Reserved{"enable.idempotence", kExactlyOnce},
    Reserved{"enable.gapless.guarantee", kExactlyOnce},
    Reserved{"transactional.id", kExactlyOnce},
    Reserved{"acks", kExactlyOnce},
    Reserved{"request.required.acks", kExactlyOnce},
    Reserved{"retries", kExactlyOnce},
    Reserved{"message.send.max.retries", kExactlyOnce},
    Reserved{"delivery.report.only.error", kExactlyOnce},
    Reserved{"partitioner", kOrder},
    Reserved{"queuing.strategy", kOrder},
    Reserved{"max.in.flight", kOrder},
    Reserved{"max.in.flight.requests.per.connection", kOrder},
    Reserved{"isolation.level", kReadsBack},
    Reserved{"auto.offset.reset", kReadsBack},
    Reserved{"enable.partition.eof", kReadsBack},
    Reserved{"group.id", kUnused},
    Reserved{"group.instance.id", kUnused},
    Reserved{"enable.auto.commit", kUnused},
    Reserved{"auto.commit.enable", kUnused},
    Reserved{"enable.auto.offset.store", kUnused},
};

}  // namespace

std::pair<std::string, std::string> parse_kafka_property(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw std::runtime_error("--kafka-config " + text + " is not of the form NAME=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void check_kafka_settings(const KafkaSettings& settings) {
  for (const auto& [name, value] : settings.properties) {
    const auto* reserved = std::ranges::find(kReserved, name, &Reserved::name);
    if (reserved != kReserved.end())
      throw std::runtime_error("--kafka-config " + name + " cannot be set: " + std::string(reserved->why));
  }
  // It says what is wrong with them, one by one and together.
  [[maybe_unused]] const KafkaClient producer(settings, KafkaClient::producer("usermeta-check"), {});
  [[maybe_unused]] const KafkaClient reader(settings, KafkaClient::reader_of_committed(), {});
}

void check_topic_name(const std::string& topic, const std::string& option) {
  // Kafka's own limit, less what the names of the topics beside it add.
  constexpr std::size_t kLongest = 230;
  const bool good = !topic.empty() && topic.size() <= kLongest && topic != "." && topic != ".." &&
                    std::ranges::all_of(topic, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             c == '.' || c == '_' || c == '-';
                    });
  if (!good)
    throw std::runtime_error(option + " " + topic + " is no name of a topic: 1 to " +
                             std::to_string(kLongest) + " letters, digits, dots, underscores, hyphens");
}

}  // namespace usermeta
