#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "events/recorded.hpp"
#include "stream/kafka_client.hpp"
#include "stream/kafka_record.hpp"

namespace usermeta {

// How far topics have been published, as Kafka itself keeps it: in a compacted topic of one partition, each
// position a record of the transaction that also holds the events up to it.
//
//   key    INSTANCE "/" TOPIC     of the topic that the events are in; no topic has a slash in its name
//   value  the position in decimal digits
KafkaRecord position_record(const std::string& positions_topic, const std::string& instance,
                            const std::string& topic, Position position);

// The key's two parts in one.
std::string position_key(const std::string& instance, const std::string& topic);

// Reads the topic to its end and gives back the last committed position of each key. The end is where all
// that there is ends, committed or not, so an open transaction of another producer is waited for: what was
// committed behind it would be overlooked. Nothing is concluded from an offset that a broker names, only from
// what it gives to be read.
//
// The topic must exist and its writer be fenced. Waits until `stop` is requested, `on_retry` hears for what.
// Throws KafkaFailed; also when the topic holds what is no position.
std::map<std::string, Position> read_positions(const KafkaSettings& settings,
                                               const KafkaClient::Options& options, const std::string& topic,
                                               const std::stop_token& stop,
                                               const std::function<void(const std::string&)>& on_retry);

}  // namespace usermeta
