#pragma once

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"
#include "stream/kafka_record.hpp"

namespace usermeta {

// What the transparency log has signed (docs/decisions/12-transparency-log.md), as the database keeps it.
struct SignedCheckpoint {
  Position size = 0;  // of the log: the checkpoint is of the events up to this position
  std::string note;   // a signed note (C2SP tlog-checkpoint)
};

// Those of more than `after` and of at most `last` events, in order, so many that they make a good
// transaction: there are no more when there is none. Throws Outage.
boost::asio::awaitable<std::vector<SignedCheckpoint>> find_checkpoints(PgPipeline& pipeline, Position after,
                                                                       Position last);

// How it is in a topic of checkpoints: the key is the log's name, the value the note, byte for byte.
KafkaRecord checkpoint_record(const std::string& topic, const SignedCheckpoint& checkpoint);

}  // namespace usermeta
