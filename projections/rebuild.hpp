#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>

#include "events/log.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Makes the read model of users' metadata anew from position 0, in a table beside the one that is read, which
// replaces it in one step when it has caught up; the service may go on all the while. Returns the position
// that it has reached. Whatever ends it early leaves the old table as it was. `progress` is told how many of
// how many events are done. Throws Outage; UnreadableEvent with its position for an event that cannot be
// applied; std::runtime_error when another rebuild is under way. Runs on the pipeline's strand, which is the
// log's too.
boost::asio::awaitable<Position> rebuild_user_metadata(
    PgPipeline& pipeline, Log& log, std::function<void(Position done, Position of)> progress);

}  // namespace usermeta
