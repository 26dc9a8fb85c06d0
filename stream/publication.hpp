#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "events/recorded.hpp"
#include "stream/event_record.hpp"
#include "stream/kafka_failed.hpp"
#include "stream/kafka_settings.hpp"
#include "stream/signed_checkpoint.hpp"
#include "stream/state_record.hpp"
#include "stream/topics.hpp"
#include "stream/transactional_producer.hpp"

namespace usermeta {

// A record was too large, and its transaction was aborted. The same events again, and it will be dealt with.
class RecordTooLarge : public TransactionAborted {
 public:
  using TransactionAborted::TransactionAborted;
};

// A wait for Kafka that is shorter is none that an operator must hear of: a topic is new, a coordinator is
// elected.
inline constexpr std::chrono::milliseconds kShortWait{3000};

// One log's way into one topic: events go in, in the log's order, and are in the topic once each. Every
// transaction holds some events and the position that they reach, so what was committed last is where the
// next publication begins, whoever carries it out.
//
// Beside it there may be a topic of what is true now (stream/state_record.hpp), in the same transactions but
// with a position of its own: one that is new, or was off for a while, is told what it has missed, and the
// events are not published again for that.
//
// And there may be a topic of the checkpoints that sign the log (docs/decisions/12-transparency-log.md), with
// a position of its own as well: a checkpoint's is the number of events that it is of.
//
// A record that is larger than its topic takes is published without its data, but with a reference to them.
//
// Threads: one at a time. Calls wait for Kafka; once `stop` is requested they end with KafkaFailed.
class Publication {
 public:
  struct Options {
    KafkaSettings kafka;
    std::string topic;
    std::string state_topic = {};  // "": none
    bool checkpoints = false;      // in TOPIC.checkpoints
    int partitions = 6;            // of a topic that is made
    int replication = -1;
    RecordFormat format = RecordFormat::binary;
    EventSource source;
    std::shared_ptr<spdlog::logger> log = {};
    // Both within calls. A connection to Kafka failed; something has to be waited for or done again.
    std::function<void(const std::string&)> on_error = [](const std::string&) {};
    std::function<void(const std::string&)> on_retry = [](const std::string&) {};
  };

  Publication(Options options, std::stop_token stop);
  // Gives an open transaction up.
  ~Publication();
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // Makes topics that are missing, fences the predecessor and learns how far it came. To be called first and
  // after each KafkaFailed that is no TransactionAborted.
  void open();

  // What has been committed, in both topics when there are two: the next event is the one behind it. Nothing
  // when nothing ever was.
  std::optional<Position> position() const;
  // Up to here the state topic needs nothing any more.
  Position state_position() const { return state_.value_or(0); }

  // As far as events are committed, and up to where checkpoints are: what there is between may be taken.
  Position events_position() const { return events_.value_or(0); }
  Position checkpoint_position() const { return checkpoints_.value_or(0); }

  // The next events, in order: a transaction begins with the first. May be long before they are committed.
  // With a state topic `removed` has the keys for those behind state_position(). Throws UnreadableEvent for
  // an event whose state cannot be told; those before it are taken.
  void take(const std::vector<Recorded>& events, const RemovedKeys& removed = {});
  // The next checkpoints, in order, of events that are committed. For a transaction of their own.
  void take(const std::vector<SignedCheckpoint>& checkpoints);
  // The transaction has as many events or bytes as make a good one.
  bool is_full() const;
  // Commits what was taken. Throws TransactionAborted when nothing of it is there; then what comes next is
  // still what is behind position().
  void commit();

  std::uint64_t transactions() const { return transactions_; }  // committed since the start
  std::uint64_t oversized() const { return oversized_; }        // records in them without their data

 private:
  KafkaClient::Options client_options() const;
  void open_producer();
  std::vector<Topic> topics() const;
  void send(const Recorded& event);
  void send_state(KafkaRecord record, Position position);
  void begin();
  void send_position(const std::string& topic, std::optional<Position> committed,
                     std::optional<Position> taken);
  bool goes_by_reference(const std::string& topic, Position position) const;
  template <class Work>
  void in_transaction(Work work);
  void learn_from_refusals();

  Options options_;
  std::stop_token stop_;
  std::string positions_topic_;
  std::string checkpoint_topic_;  // "": none
  std::size_t batch_bytes_;
  std::unique_ptr<TransactionalProducer> producer_;  // none: open() is wanted
  std::optional<Position> events_;                   // committed
  std::optional<Position> state_;                    // of the state topic
  std::optional<Position> checkpoints_;
  bool open_ = false;  // a transaction is, with what is below
  std::optional<Position> taken_;
  std::optional<Position> taken_checkpoint_;
  std::size_t taken_events_ = 0;
  std::size_t taken_bytes_ = 0;
  std::set<std::pair<std::string, Position>> by_reference_;  // by topic, of events that are not committed
  std::uint64_t transactions_ = 0;
  std::uint64_t oversized_ = 0;
};

}  // namespace usermeta
