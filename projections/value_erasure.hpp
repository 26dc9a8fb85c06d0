#pragma once

#include <cstdint>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Takes values out of the log, as the events `user.metadata.values.erased` ask for it: of the user's sets
// before such an event, of its key or of all, the payload loses the value and the salt becomes what
// salt_of_erased() makes of it; the table erased_payloads keeps the hash of what they were. Position,
// sequence and everything else of an event stay. What an interrupted rebuild has left of values goes along.
//
// All on the pipeline's strand, which nothing else may use meanwhile, and on a session with kByEventIndex.
// They throw Outage.

// Carries the next such event out and returns its position; nothing when there is none left. One transaction:
// everybody sees all of it or nothing, what ends it early leaves nothing behind, and no append waits for it.
// Two processes may do it at a time: one waits for the other.
boost::asio::awaitable<std::optional<Position>> carry_out_next_erasure(PgPipeline& pipeline);

// Everything that the log asks for up to that position is gone.
boost::asio::awaitable<Position> erased_up_to(PgPipeline& pipeline);

// How many values the event at that position has taken out so far.
boost::asio::awaitable<std::int64_t> count_erased(PgPipeline& pipeline, Position erasure);

}  // namespace usermeta
