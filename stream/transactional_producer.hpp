#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "events/recorded.hpp"
#include "stream/kafka_client.hpp"
#include "stream/kafka_failed.hpp"
#include "stream/kafka_record.hpp"

namespace usermeta {

// A producer whose records are in Kafka all or not at all, a transaction at a time, and which fences whoever
// used its transactional id before.
//
// Its calls wait for Kafka for as long as it takes, and end with KafkaFailed when `stop` is requested. A
// KafkaFailed ends the producer; a TransactionAborted only the transaction.
//
// Threads: one at a time.
class TransactionalProducer {
 public:
  struct Options {
    KafkaSettings settings;
    std::string transactional_id;
    std::size_t batch_bytes = 1'000'000;  // what goes to one partition at once, unless it is one record
    std::shared_ptr<spdlog::logger> log = {};
    // Both within calls. A connection failed; a call did not get what it wants yet, and goes on.
    std::function<void(const std::string& error)> on_error;
    std::function<void(const std::string& error)> on_retry;
  };

  // Throws std::runtime_error.
  TransactionalProducer(const Options& options, std::stop_token stop);

  rd_kafka_t* client() const { return client_.get(); }

  // Fences the predecessor: its open transaction, if any, is aborted or committed when this returns.
  void init();
  void begin();
  // Hands the record over; it is on its way. False: it is larger than the producer may send, and was not
  // taken. `position`: of the event that it is of.
  bool send(const KafkaRecord& record, Position position);
  void commit();
  void abort();

  // What a broker refused in the last transaction for its size: a batch fails as a whole, so when it had more
  // records than one, it is not known which of them were too large.
  struct TooLarge {
    std::string topic;
    Position position;
    std::size_t bytes;
  };
  const std::vector<TooLarge>& too_large() const { return too_large_; }

 private:
  template <class Call>
  KafkaError finish(const char* doing, Call call);
  std::string failure(const char* doing, const KafkaError& error) const;
  void delivered(const rd_kafka_message_t& message);

  std::stop_token stop_;
  std::function<void(const std::string&)> on_retry_;
  std::vector<TooLarge> too_large_;
  std::string refusal_;  // of a record in this transaction
  KafkaClient client_;   // the last: it reports as long as it lives
};

}  // namespace usermeta
