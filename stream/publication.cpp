#include "stream/publication.hpp"

#include <algorithm>
#include <utility>

#include "stream/published_positions.hpp"

namespace usermeta {
namespace {

// A commit takes Kafka some milliseconds, whatever it is of.
constexpr std::size_t kManyEvents = 10'000;
constexpr std::size_t kManyBytes = 16 << 20;

constexpr std::size_t kBatchBytes = 1'000'000;
constexpr std::size_t kSmallerBatch = 16;  // times, when one was refused

std::string transactional_id(const EventSource& source, const std::string& topic) {
  return "usermeta-" + source.instance + "-" + topic;
}

}  // namespace

Publication::Publication(Options options, std::stop_token stop)
    : options_(std::move(options)),
      stop_(std::move(stop)),
      positions_topic_(options_.topic + ".positions"),
      checkpoint_topic_(options_.checkpoints ? options_.topic + ".checkpoints" : ""),
      batch_bytes_(kBatchBytes) {}

Publication::~Publication() {
  if (!producer_ || !open_) return;
  try {
    producer_->abort();
  } catch (const KafkaFailed&) {
    // The next one to open fences it, or Kafka ends it when its time is over: its readers wait until then.
  }
}

KafkaClient::Options Publication::client_options() const {
  return {.log = options_.log, .on_error = options_.on_error};
}

std::vector<Topic> Publication::topics() const {
  std::vector<Topic> result{event_topic(options_.topic, options_.partitions, options_.replication),
                            compacted_topic(positions_topic_, 1, options_.replication)};
  if (!options_.state_topic.empty())
    result.push_back(compacted_topic(options_.state_topic, options_.partitions, options_.replication));
  if (!checkpoint_topic_.empty()) result.push_back(event_topic(checkpoint_topic_, 1, options_.replication));
  return result;
}

void Publication::open() {
  events_.reset();
  state_.reset();
  checkpoints_.reset();
  ensure_topics(options_.kafka, client_options(), topics(), stop_, options_.on_retry);
  open_producer();
  const auto positions =
      read_positions(options_.kafka, client_options(), positions_topic_, stop_, options_.on_retry);
  const auto find = [&](const std::string& topic) -> std::optional<Position> {
    const auto found = positions.find(position_key(options_.source.instance, topic));
    if (found == positions.end()) return std::nullopt;
    return found->second;
  };
  events_ = find(options_.topic);
  if (!options_.state_topic.empty()) state_ = find(options_.state_topic);
  if (!checkpoint_topic_.empty()) checkpoints_ = find(checkpoint_topic_);
}

std::optional<Position> Publication::position() const {
  return options_.state_topic.empty() ? events_ : std::min(events_, state_);  // none is the least
}

void Publication::open_producer() {
  open_ = false;
  producer_.reset();
  producer_ = std::make_unique<TransactionalProducer>(
      TransactionalProducer::Options{.settings = options_.kafka,
                                     .transactional_id = transactional_id(options_.source, options_.topic),
                                     .batch_bytes = batch_bytes_,
                                     .log = options_.log,
                                     .on_error = options_.on_error,
                                     .on_retry = options_.on_retry},
      stop_);
  producer_->init();
}

template <class Work>
void Publication::in_transaction(Work work) {
  try {
    work();
  } catch (const TransactionAborted& aborted) {
    open_ = false;
    if (producer_->too_large().empty()) throw;
    learn_from_refusals();
    throw RecordTooLarge(aborted.what());
  }
}

// A batch is refused as a whole. A record larger than a batch may be was alone in its own, so it was too
// large by itself; others may only have been in bad company, and are tried again in smaller batches.
void Publication::learn_from_refusals() {
  bool doubtful = false;
  for (const auto& refused : producer_->too_large()) {
    const bool alone = refused.bytes > batch_bytes_ || batch_bytes_ == 1;
    if (!alone)
      doubtful = true;
    else if (!by_reference_.emplace(refused.topic, refused.position).second)
      throw KafkaFailed("the topic " + refused.topic + " does not even take the record of position " +
                        std::to_string(refused.position) + " without its data: raise its max.message.bytes");
  }
  if (doubtful) batch_bytes_ = std::max<std::size_t>(batch_bytes_ / kSmallerBatch, 1);
  // A new one in any case: the sequence of the old one's records has a hole.
  open_producer();
}

bool Publication::goes_by_reference(const std::string& topic, Position position) const {
  return by_reference_.contains({topic, position});
}

void Publication::send(const Recorded& event) {
  const bool whole =
      !goes_by_reference(options_.topic, event.position) &&
      producer_->send(event_record(options_.topic, event, options_.source, options_.format), event.position);
  if (whole) return;
  by_reference_.emplace(options_.topic, event.position);
  const KafkaRecord reference =
      event_record_by_reference(options_.topic, event, options_.source, options_.format);
  if (!producer_->send(reference, event.position))
    throw KafkaFailed("message.max.bytes is too small for the event at position " +
                      std::to_string(event.position) + " without its data");
}

void Publication::send_state(KafkaRecord record, Position position) {
  if (!goes_by_reference(record.topic, position) && producer_->send(record, position)) return;
  if (!record.value)
    throw KafkaFailed("message.max.bytes is too small for a tombstone of position " +
                      std::to_string(position));
  by_reference_.emplace(record.topic, position);
  record = state_record_by_reference(std::move(record), options_.source, position);
  if (!producer_->send(record, position))
    throw KafkaFailed("message.max.bytes is too small for the state of position " + std::to_string(position) +
                      " without its value");
}

void Publication::begin() {
  if (open_) return;
  producer_->begin();
  open_ = true;
  taken_.reset();
  taken_checkpoint_.reset();
  taken_events_ = taken_bytes_ = 0;
}

void Publication::take(const std::vector<Recorded>& events, const RemovedKeys& removed) {
  in_transaction([&] {
    for (const Recorded& event : events) {
      std::vector<KafkaRecord> states;
      if (!options_.state_topic.empty() && event.position > state_position()) {
        const auto keys = removed.find(event.position);
        states = state_records(options_.state_topic, event,
                               keys == removed.end() ? std::vector<std::string>() : keys->second);
      }
      begin();
      taken_ = event.position;
      taken_events_ += 1 + states.size();
      taken_bytes_ += event.payload.size();
      if (event.position > events_.value_or(0)) send(event);
      for (KafkaRecord& state : states) send_state(std::move(state), event.position);
    }
  });
}

void Publication::take(const std::vector<SignedCheckpoint>& checkpoints) {
  in_transaction([&] {
    for (const SignedCheckpoint& checkpoint : checkpoints) {
      begin();
      taken_checkpoint_ = checkpoint.size;
      if (!producer_->send(checkpoint_record(checkpoint_topic_, checkpoint), checkpoint.size))
        throw KafkaFailed("message.max.bytes is too small for the checkpoint of " +
                          std::to_string(checkpoint.size) + " events");
    }
  });
}

bool Publication::is_full() const {
  return open_ && (taken_events_ >= kManyEvents || taken_bytes_ >= kManyBytes);
}

// A topic that is ahead keeps its position.
void Publication::send_position(const std::string& topic, std::optional<Position> committed,
                                std::optional<Position> taken) {
  if (taken.value_or(0) <= committed.value_or(0)) return;
  const KafkaRecord record = position_record(positions_topic_, options_.source.instance, topic, *taken);
  if (!producer_->send(record, *taken))
    throw KafkaFailed("message.max.bytes is too small for the record of a position");
}

void Publication::commit() {
  if (!open_) return;
  in_transaction([&] {
    send_position(options_.topic, events_, taken_);
    if (!options_.state_topic.empty()) send_position(options_.state_topic, state_, taken_);
    send_position(checkpoint_topic_, checkpoints_, taken_checkpoint_);
    producer_->commit();
  });
  open_ = false;
  events_ = std::max(events_, taken_);
  if (!options_.state_topic.empty()) state_ = std::max(state_, taken_);
  checkpoints_ = std::max(checkpoints_, taken_checkpoint_);
  ++transactions_;
  oversized_ += by_reference_.size();
  by_reference_.clear();
}

}  // namespace usermeta
