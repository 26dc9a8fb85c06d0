#pragma once

#include <functional>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stream/kafka_client.hpp"
#include "stream/transactional_producer.hpp"

namespace usermeta {

// The requests of Kafka's protocol that tests have fail, by their numbers there.
enum class Request : std::int16_t {
  produce = 0,
  fetch = 1,
  list_offsets = 2,
  metadata = 3,
  init_producer_id = 22,
  add_partitions = 24,
  end_transaction = 26
};

// librdkafka's own cluster of one broker for tests, within the process: it gives chosen answers. It knows
// transactions by their requests only: what is in an aborted one can be read.
class MockKafka {
 public:
  MockKafka() {
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0);
    if (!client_) throw std::runtime_error("test: no client");
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    if (!cluster_) throw std::runtime_error("test: no mock cluster");
  }
  ~MockKafka() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }
  MockKafka(const MockKafka&) = delete;
  MockKafka& operator=(const MockKafka&) = delete;

  KafkaSettings settings() const { return {rd_kafka_mock_cluster_bootstraps(cluster_), {}}; }

  void make_topic(const std::string& name, int partitions = 1) {
    if (const auto code = rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1))
      throw std::runtime_error(std::string("test: no topic: ") + rd_kafka_err2str(code));
  }
  // The next requests of that kind get these answers.
  void answer(Request request, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(request), errors.size(),
                                            errors.data());
  }
  void go_away() { rd_kafka_mock_broker_set_down(cluster_, 1); }
  void come_back() { rd_kafka_mock_broker_set_up(cluster_, 1); }

  // Adds records in a transaction.
  void add(const std::vector<KafkaRecord>& records) {
    const auto ignore = [](const std::string&) {};
    TransactionalProducer producer({.settings = settings(),
                                    .transactional_id = "test",
                                    .batch_bytes = 1'000'000,
                                    .log = {},
                                    .on_error = ignore,
                                    .on_retry = ignore},
                                   {});
    producer.init();
    producer.begin();
    for (const KafkaRecord& record : records) producer.send(record, 0);
    producer.commit();
  }

  // All records of a topic's partition, in their order.
  std::vector<KafkaRecord> records(const std::string& topic, int partition = 0) {
    const KafkaClient client(settings(), KafkaClient::reader_of_all(), {});
    rd_kafka_topic_t* handle = rd_kafka_topic_new(client.get(), topic.c_str(), nullptr);
    std::vector<KafkaRecord> found;
    rd_kafka_consume_start(handle, partition, RD_KAFKA_OFFSET_BEGINNING);
    for (bool end = false; !end;) {
      rd_kafka_message_t* message = rd_kafka_consume(handle, partition, 10'000);
      if (!message) break;
      end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
      if (!message->err) found.push_back(record_of(*message));
      rd_kafka_message_destroy(message);
    }
    rd_kafka_consume_stop(handle, partition);
    rd_kafka_topic_destroy(handle);
    return found;
  }

 private:
  static KafkaRecord record_of(const rd_kafka_message_t& message) {
    KafkaRecord record;
    record.topic = rd_kafka_topic_name(message.rkt);
    record.key.assign(static_cast<const char*>(message.key), message.key_len);
    if (message.payload) record.value.emplace(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (!rd_kafka_message_headers(&message, &headers))
      for (std::size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); ++i)
        record.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
    return record;
  }

  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace usermeta
