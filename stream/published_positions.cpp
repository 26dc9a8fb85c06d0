#include "stream/published_positions.hpp"

#include <charconv>
#include <memory>
#include <string_view>

#include "stream/kafka_failed.hpp"

namespace usermeta {
namespace {

constexpr int kPatience = 500;  // milliseconds

struct DestroyMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;

// The topic's one partition, from some offset on. What does not do at once is tried again until `stop`.
class PartitionReader {
 public:
  PartitionReader(rd_kafka_t* client, const std::string& topic, std::int64_t from,
                  const std::stop_token& stop, const std::function<void(const std::string&)>& on_retry)
      : client_(client),
        doing_("reading back from " + topic),
        topic_(rd_kafka_topic_new(client, topic.c_str(), nullptr)),
        stop_(stop),
        on_retry_(on_retry) {
    if (!topic_) throw KafkaFailed(doing_, rd_kafka_last_error());
    if (rd_kafka_consume_start(topic_, 0, from) != 0) {
      const auto code = rd_kafka_last_error();
      rd_kafka_topic_destroy(topic_);
      throw KafkaFailed(doing_, code);
    }
  }
  ~PartitionReader() {
    rd_kafka_consume_stop(topic_, 0);
    rd_kafka_topic_destroy(topic_);
  }
  PartitionReader(const PartitionReader&) = delete;
  PartitionReader& operator=(const PartitionReader&) = delete;

  // The next record, or the message that nothing more is there for now, whose offset is the end.
  Message next() {
    for (;;) {
      Message message(rd_kafka_consume(topic_, 0, kPatience));
      rd_kafka_poll(client_, 0);
      if (message && (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)) return message;
      std::string why = doing_ + ": no answer";
      if (message) {
        why = doing_ + ": " + text_of(message->err);
        if (!is_retriable(message->err)) throw KafkaFailed(why);
      }
      wait_for(why);
    }
  }
  // There is no more, but there has to be.
  void wait_for(const std::string& what) {
    if (stop_.stop_requested()) throw KafkaFailed(what + "; given up, for it was asked to stop");
    on_retry_(what);
  }

 private:
  rd_kafka_t* client_;
  std::string doing_;
  rd_kafka_topic_t* topic_;
  const std::stop_token& stop_;
  const std::function<void(const std::string&)>& on_retry_;
};

bool is_end(const Message& message) {
  return message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
}

std::string_view bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

Position position_of(const rd_kafka_message_t& message, const std::string& key) {
  const std::string_view digits = bytes(message.payload, message.len);
  Position position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (error != std::errc() || end != digits.data() + digits.size() || position < 0)
    throw KafkaFailed("the record of " + key + " at offset " + std::to_string(message.offset) + " of " +
                      rd_kafka_topic_name(message.rkt) + " is no position");
  return position;
}

}  // namespace

std::string position_key(const std::string& instance, const std::string& topic) {
  return instance + "/" + topic;
}

KafkaRecord position_record(const std::string& positions_topic, const std::string& instance,
                            const std::string& topic, Position position) {
  return {.topic = positions_topic, .key = position_key(instance, topic), .value = std::to_string(position)};
}

std::map<std::string, Position> read_positions(const KafkaSettings& settings,
                                               const KafkaClient::Options& options, const std::string& topic,
                                               const std::stop_token& stop,
                                               const std::function<void(const std::string&)>& on_retry) {
  std::int64_t end = 0;
  {
    const KafkaClient all(settings, KafkaClient::reader_of_all(), options);
    PartitionReader reader(all.get(), topic, RD_KAFKA_OFFSET_END, stop, on_retry);
    for (Message message = reader.next();; message = reader.next()) {
      end = message->offset;
      if (is_end(message)) break;
    }
  }
  std::map<std::string, Position> positions;
  const KafkaClient committed(settings, KafkaClient::reader_of_committed(), options);
  PartitionReader reader(committed.get(), topic, RD_KAFKA_OFFSET_BEGINNING, stop, on_retry);
  for (;;) {
    const Message message = reader.next();
    if (is_end(message)) {
      if (message->offset >= end) return positions;
      reader.wait_for("reading back from " + topic + ": another producer's transaction is open there");
      continue;
    }
    const std::string key(bytes(message->key, message->key_len));
    if (message->payload)
      positions[key] = position_of(*message, key);
    else
      positions.erase(key);
  }
}

}  // namespace usermeta
