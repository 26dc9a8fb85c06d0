#include "stream/transactional_producer.hpp"

#include <array>
#include <bit>
#include <memory>
#include <utility>

#include "stream/kafka_failed.hpp"

namespace usermeta {
namespace {

// How long one call may take until it is looked whether it is wanted still.
constexpr int kCallTime = 500;  // milliseconds

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

Headers headers_of(const KafkaRecord& record) {
  Headers headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers)
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  return headers;
}

// It is copied, and not written to.
void set(rd_kafka_vu_t& argument, rd_kafka_vtype_t type, const std::string& bytes) {
  argument.vtype = type;
  argument.u.mem.ptr = const_cast<char*>(bytes.data());
  argument.u.mem.size = bytes.size();
}

// `headers` become librdkafka's when there is no error.
KafkaError produce(rd_kafka_t* client, const KafkaRecord& record, rd_kafka_headers_t* headers,
                   Position position) {
  std::array<rd_kafka_vu_t, 7> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = record.topic.c_str();
  set(arguments[1], RD_KAFKA_VTYPE_KEY, record.key);
  arguments[2].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[2].u.headers = headers;
  arguments[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[3].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[4].u.ptr = std::bit_cast<void*>(position);
  arguments[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  arguments[5].u.i64 = record.timestamp;
  if (record.value) set(arguments[6], RD_KAFKA_VTYPE_VALUE, *record.value);
  return KafkaError(rd_kafka_produceva(client, arguments.data(), record.value ? 7 : 6));
}

KafkaSettings with_batches_of(KafkaSettings settings, std::size_t bytes) {
  settings.properties.emplace_back("batch.size", std::to_string(bytes));
  return settings;
}

}  // namespace

TransactionalProducer::TransactionalProducer(const Options& options, std::stop_token stop)
    : stop_(std::move(stop)),
      on_retry_(options.on_retry),
      client_(with_batches_of(options.settings, options.batch_bytes),
              KafkaClient::producer(options.transactional_id),
              {.log = options.log,
               .on_error = options.on_error,
               .on_delivery = [this](const rd_kafka_message_t& message) { delivered(message); }}) {}

void TransactionalProducer::delivered(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const auto position = std::bit_cast<Position>(message._private);
  if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    too_large_.push_back({rd_kafka_topic_name(message.rkt), position, message.len + message.key_len});
  // The first says why; those behind it are thrown out for its sake.
  if (refusal_.empty())
    refusal_ = "the record of position " + std::to_string(position) + ": " + text_of(message.err);
}

// Null when it was done; otherwise the error that will not go away by asking again. librdkafka goes on with
// what it could not do in time when it is called again.
template <class Call>
KafkaError TransactionalProducer::finish(const char* doing, Call call) {
  for (;;) {
    KafkaError error(call(client(), kCallTime));
    if (!error || !rd_kafka_error_is_retriable(error.get()) || rd_kafka_error_is_fatal(error.get()) ||
        rd_kafka_error_txn_requires_abort(error.get()))
      return error;
    if (stop_.stop_requested())
      throw KafkaFailed(std::string(doing) + ": given up, for it was asked to stop");
    client_.poll(0);  // so that it is heard first what happened to the connections
    on_retry_(std::string(doing) + ": " + rd_kafka_error_string(error.get()));
    // A call that fails at once would be made again without a pause.
    if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__TIMED_OUT) client_.poll(kCallTime);
  }
}

std::string TransactionalProducer::failure(const char* doing, const KafkaError& error) const {
  std::string what = std::string(doing) + ": " + rd_kafka_error_string(error.get()) + " (" +
                     rd_kafka_error_name(error.get()) + ")";
  if (!refusal_.empty()) what += ": " + refusal_;
  return what;
}

void TransactionalProducer::init() {
  if (const KafkaError error = finish("taking over the transactional id", rd_kafka_init_transactions))
    throw KafkaFailed(failure("taking over the transactional id", error));
}

void TransactionalProducer::begin() {
  too_large_.clear();
  refusal_.clear();
  if (const KafkaError error{rd_kafka_begin_transaction(client())})
    throw KafkaFailed(failure("beginning a transaction", error));
}

bool TransactionalProducer::send(const KafkaRecord& record, Position position) {
  for (;;) {
    Headers headers = headers_of(record);
    const KafkaError error = produce(client(), record, headers.get(), position);
    if (!error) {
      [[maybe_unused]] const auto* librdkafkas_now = headers.release();
      client_.poll(0);
      return true;
    }
    const auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return false;
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      // Mostly the transaction has failed already, and `refusal_` says why.
      const std::string what = failure("sending", error);
      abort();
      throw TransactionAborted(what);
    }
    if (stop_.stop_requested()) throw KafkaFailed("sending: given up, for it was asked to stop");
    client_.poll(kCallTime);
  }
}

void TransactionalProducer::commit() {
  const KafkaError error = finish("committing", rd_kafka_commit_transaction);
  if (!error) return;
  const std::string what = failure("committing", error);
  if (rd_kafka_error_is_fatal(error.get()) || !rd_kafka_error_txn_requires_abort(error.get()))
    throw KafkaFailed(what);
  abort();
  throw TransactionAborted(what);
}

void TransactionalProducer::abort() {
  if (const KafkaError error = finish("aborting", rd_kafka_abort_transaction))
    throw KafkaFailed(failure("aborting", error));
}

}  // namespace usermeta
