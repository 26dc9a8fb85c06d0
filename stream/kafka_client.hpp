#pragma once

#include <cstddef>
#include <functional>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "stream/kafka_settings.hpp"

namespace usermeta {

// What librdkafka writes reasons into.
inline constexpr std::size_t kReasonBytes = 512;

// One of librdkafka's clients, which connects, and connects again, on threads of its own.
//
// Threads: one at a time.
class KafkaClient {
 public:
  // What it is for, and so what is set beside what the settings ask for.
  struct Role {
    rd_kafka_type_t type;
    std::vector<std::pair<std::string, std::string>> before;  // the settings may say otherwise
    std::vector<std::pair<std::string, std::string>> after;
  };
  static Role producer(const std::string& transactional_id);
  // What is in committed transactions, and all that there is: of the partitions that it is told to read.
  static Role reader_of_committed();
  static Role reader_of_all();

  struct Options {
    std::shared_ptr<spdlog::logger> log = {};  // what librdkafka says goes there, at level debug
    // Called within calls of this client when a connection fails or is refused: librdkafka goes on trying.
    std::function<void(const std::string& error)> on_error = {};
    // Called within calls of this client for each record that was sent, when it is there or will never be.
    std::function<void(const rd_kafka_message_t& message)> on_delivery = {};
  };

  // Does not wait for Kafka. Throws std::runtime_error, which names the property that is wrong.
  KafkaClient(const KafkaSettings& settings, const Role& role, Options options);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* get() const { return client_; }
  // Waits until there is something to report, so many milliseconds at most.
  void poll(int milliseconds);

 private:
  static void take_log(const rd_kafka_t* client, int level, const char* facility, const char* text);
  static void take_error(rd_kafka_t* client, int code, const char* reason, void* self);
  static void take_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);

  Options options_;
  rd_kafka_t* client_ = nullptr;
};

}  // namespace usermeta
