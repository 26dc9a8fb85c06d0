#include "stream/topics.hpp"

#include <array>
#include <memory>

#include "stream/kafka_failed.hpp"

namespace usermeta {
namespace {

// How long one request may take until it is looked whether it is wanted still.
constexpr int kAnswerTime = 1000;  // milliseconds

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;

struct Answer {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text;
};

NewTopic new_topic(const Topic& topic) {
  std::array<char, kReasonBytes> why{};
  NewTopic made(
      rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication, why.data(), why.size()));
  if (!made) throw KafkaFailed("topic " + topic.name + ": " + why.data());
  for (const auto& [name, value] : topic.config)
    if (const auto code = rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str()))
      throw KafkaFailed("topic " + topic.name + ", " + name, code);
  return made;
}

Answer create(rd_kafka_t* client, const Topic& topic) {
  const NewTopic made = new_topic(topic);
  const Queue queue(rd_kafka_queue_new(client));
  const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  std::array<char, kReasonBytes> why{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAnswerTime, why.data(), why.size());
  rd_kafka_NewTopic_t* one = made.get();
  rd_kafka_CreateTopics(client, &one, 1, options.get(), queue.get());
  // A request that is on its way has the connection's timeout, not its own.
  const Event event(rd_kafka_queue_poll(queue.get(), 2 * kAnswerTime));
  if (!event) return {RD_KAFKA_RESP_ERR__TIMED_OUT, text_of(RD_KAFKA_RESP_ERR__TIMED_OUT)};
  if (const auto code = rd_kafka_event_error(event.get()))
    return {code, rd_kafka_event_error_string(event.get())};
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return {RD_KAFKA_RESP_ERR__BAD_MSG, "no answer to the request for a topic"};
  const char* text = rd_kafka_topic_result_error_string(results[0]);
  return {rd_kafka_topic_result_error(results[0]), text ? text : ""};
}

// The first error of the topic or of one of its partitions. By the client's settings no broker makes a topic
// only because it is asked for.
Answer look(rd_kafka_t* client, const std::string& name) {
  const TopicHandle handle(rd_kafka_topic_new(client, name.c_str(), nullptr));
  if (!handle) return {rd_kafka_last_error(), text_of(rd_kafka_last_error())};
  const rd_kafka_metadata_t* metadata = nullptr;
  auto code = rd_kafka_metadata(client, 0, handle.get(), &metadata, kAnswerTime);
  if (code) return {code, text_of(code)};
  const std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>> kept(metadata);
  code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (metadata->topic_cnt == 1) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[0];
    if (topic.err || topic.partition_cnt > 0) code = topic.err;
    for (int i = 0; i < topic.partition_cnt && !code; ++i) code = topic.partitions[i].err;
  }
  return {code, text_of(code)};
}

// It is there, or whoever may make it has to.
bool is_settled(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

}  // namespace

Topic event_topic(std::string name, int partitions, int replication) {
  return {
      std::move(name), partitions, replication, {{"max.message.bytes", "2097152"}, {"retention.ms", "-1"}}};
}

Topic compacted_topic(std::string name, int partitions, int replication) {
  return {std::move(name),
          partitions,
          replication,
          {{"cleanup.policy", "compact"}, {"max.message.bytes", "2097152"}}};
}

void ensure_topics(const KafkaSettings& settings, const KafkaClient::Options& options,
                   const std::vector<Topic>& topics, const std::stop_token& stop,
                   const std::function<void(const std::string&)>& on_retry) {
  KafkaClient client(settings, KafkaClient::reader_of_all(), options);
  const auto until = [&](const std::string& doing, const auto& ask, const auto& good) {
    for (Answer answer = ask(); !good(answer.code); answer = ask()) {
      const std::string what = doing + ": " + answer.text;
      if (!is_retriable(answer.code)) throw KafkaFailed(what);
      if (stop.stop_requested()) throw KafkaFailed(what + "; given up, for it was asked to stop");
      on_retry(what);
      client.poll(kAnswerTime / 10);
    }
  };
  for (const Topic& topic : topics) {
    bool missing = false;
    const auto seen = [&](rd_kafka_resp_err_t code) {
      missing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
      return missing || code == RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    const auto is_there = [](rd_kafka_resp_err_t code) { return code == RD_KAFKA_RESP_ERR_NO_ERROR; };
    const auto look_for_it = [&] { return look(client.get(), topic.name); };
    const auto make_it = [&] { return create(client.get(), topic); };
    until("looking for the topic " + topic.name, look_for_it, seen);
    if (!missing) continue;
    until("making the topic " + topic.name, make_it, is_settled);
    until("waiting for the new topic " + topic.name, look_for_it, is_there);
  }
}

}  // namespace usermeta
