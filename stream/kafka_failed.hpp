#pragma once

#include <librdkafka/rdkafka.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace usermeta {

// Kafka did not do what was asked: it is away, too slow, or refused. What was under way is lost with the
// producer, or its outcome is not known: what is committed must be read back.
class KafkaFailed : public std::runtime_error {
 public:
  explicit KafkaFailed(const std::string& what) : std::runtime_error(what) {}
  KafkaFailed(const std::string& doing, rd_kafka_resp_err_t code);
};

// Nothing of the transaction was committed, and the next one may begin.
class TransactionAborted : public KafkaFailed {
 public:
  using KafkaFailed::KafkaFailed;
};

// What Kafka's protocol calls retriable: the same request may do later, for a leader is being elected, a new
// topic is not known everywhere yet, or a connection was lost.
bool is_retriable(rd_kafka_resp_err_t code);

// "Broker: Not leader for partition (NOT_LEADER_FOR_PARTITION)".
std::string text_of(rd_kafka_resp_err_t code);

struct DestroyKafkaError {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using KafkaError = std::unique_ptr<rd_kafka_error_t, DestroyKafkaError>;

}  // namespace usermeta
