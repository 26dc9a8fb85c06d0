#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"
#include "stream/state_record.hpp"

namespace usermeta {

// Of those of the events that are behind `after`. The keys are read from the log itself, as it was at the
// event. Each statement looks at a bounded part of the user's history. Throws Outage.
boost::asio::awaitable<RemovedKeys> find_removed_keys(PgPipeline& pipeline,
                                                      const std::vector<Recorded>& events, Position after);

}  // namespace usermeta
