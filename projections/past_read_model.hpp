#pragma once

#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "events/log.hpp"
#include "projections/user_metadata_batch.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// How many of how many are done.
using ReplayProgress = std::function<void(std::int64_t done, std::int64_t of)>;

// The read model of users' metadata as it was at that position, made in memory from the log by the read
// model's own rules; values that were erased since are marked as such. The position must not be beyond the
// log's end. Throws Outage, and UnreadableEvent with its position for an event that cannot be applied. Runs
// on the log's strand, which is the executor.
boost::asio::awaitable<UserMetadataBatch> read_model_at(boost::asio::any_io_executor executor, Log& log,
                                                        Position position, ReplayProgress progress);

// Writes it to a database as the table usermeta_replay.user_metadata, as of the position in
// usermeta_replay.as_of: all of it, or nothing. Throws StatementFailed, which is an Outage, when the schema
// usermeta_replay is there already, and Outage. Runs on the pipeline's strand.
boost::asio::awaitable<void> write_read_model(PgPipeline& pipeline, const UserMetadataBatch& model,
                                              Position position, ReplayProgress progress);

}  // namespace usermeta
