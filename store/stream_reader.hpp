#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// The next events of one aggregate behind that sequence, in order, a bounded number; none: it ends there.
// Throws Outage and UnreadableEvent.
boost::asio::awaitable<std::vector<Recorded>> read_stream(PgPipeline& pipeline, AggregateId aggregate,
                                                          Sequence after);

}  // namespace usermeta
