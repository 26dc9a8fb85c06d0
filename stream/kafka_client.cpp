#include "stream/kafka_client.hpp"

#include <array>
#include <stdexcept>

#include "stream/kafka_failed.hpp"

namespace usermeta {
namespace {

constexpr const char* kTwoMebibytes = "2097152";

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

// The error without how long it took and how often it came: the same trouble is to have the same text.
std::string without_figures(std::string text) {
  const std::size_t figures = text.find(" (after ");
  if (figures != std::string::npos) text.resize(figures);
  return text;
}

KafkaClient::Role reader(const char* isolation) {
  return {.type = RD_KAFKA_CONSUMER,
          // Little is read, and somebody waits for it.
          .before = {{"fetch.wait.max.ms", "50"},
                     {"fetch.error.backoff.ms", "100"},
                     {"topic.metadata.refresh.fast.interval.ms", "100"}},
          .after = {{"isolation.level", isolation},
                    {"enable.partition.eof", "true"},
                    // What cannot be read is an error: to go on at the end would be to believe it empty.
                    {"auto.offset.reset", "error"},
                    {"enable.auto.commit", "false"},
                    {"allow.auto.create.topics", "false"}}};
}

}  // namespace

KafkaClient::Role KafkaClient::producer(const std::string& transactional_id) {
  return {.type = RD_KAFKA_PRODUCER,
          .before = {{"compression.type", "lz4"},
                     {"linger.ms", "5"},
                     {"message.max.bytes", kTwoMebibytes},
                     // What waits in memory.
                     {"queue.buffering.max.kbytes", "65536"},
                     // Kafka's Java clients find a key's partition in the same way.
                     {"partitioner", "murmur2_random"}},
          .after = {{"transactional.id", transactional_id}, {"enable.idempotence", "true"}}};
}

KafkaClient::Role KafkaClient::reader_of_committed() {
  return reader("read_committed");
}

KafkaClient::Role KafkaClient::reader_of_all() {
  return reader("read_uncommitted");
}

KafkaClient::KafkaClient(const KafkaSettings& settings, const Role& role, Options options)
    : options_(std::move(options)) {
  std::unique_ptr<rd_kafka_conf_t, DestroyConf> conf(rd_kafka_conf_new());
  std::array<char, kReasonBytes> why{};
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK)
      throw std::runtime_error("--kafka-config " + name + ": " + why.data());
  };
  for (const auto& [name, value] : role.before) set(name, value);
  for (const auto& [name, value] : settings.properties) set(name, value);
  if (rd_kafka_conf_set(conf.get(), "bootstrap.servers", settings.brokers.c_str(), why.data(), why.size()) !=
      RD_KAFKA_CONF_OK)
    throw std::runtime_error("--kafka " + settings.brokers + ": " + why.data());
  for (const auto& [name, value] : role.after) set(name, value);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_log_cb(conf.get(), &KafkaClient::take_log);
  rd_kafka_conf_set_error_cb(conf.get(), &KafkaClient::take_error);
  if (role.type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), &KafkaClient::take_delivery);
  client_ = rd_kafka_new(role.type, conf.get(), why.data(), why.size());
  if (!client_) throw std::runtime_error(std::string("--kafka-config: ") + why.data());
  // It has become the client's.
  [[maybe_unused]] rd_kafka_conf_t* taken = conf.release();
}

KafkaClient::~KafkaClient() {
  rd_kafka_destroy(client_);
}

void KafkaClient::poll(int milliseconds) {
  rd_kafka_poll(client_, milliseconds);
}

// On librdkafka's threads, also while the client is being made. It repeats itself with every attempt, so it
// is for those who look for a fault; what operators must know comes as an error.
void KafkaClient::take_log(const rd_kafka_t* client, int, const char* facility, const char* text) {
  const auto* self = static_cast<const KafkaClient*>(rd_kafka_opaque(client));
  if (self && self->options_.log) self->options_.log->debug("librdkafka {}: {}", facility, text);
}

void KafkaClient::take_error(rd_kafka_t*, int code, const char* reason, void* self) {
  const auto& report = static_cast<KafkaClient*>(self)->options_.on_error;
  if (!report) return;
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  // What follows a fatal one says more.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  report(without_figures(reason) + " (" + rd_kafka_err2name(error) + ")");
}

void KafkaClient::take_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  const auto& report = static_cast<KafkaClient*>(self)->options_.on_delivery;
  if (report) report(*message);
}

}  // namespace usermeta
