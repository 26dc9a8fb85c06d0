#pragma once

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "projections/user_metadata_batch.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Compares the table of the users' metadata with what a replay of the log up to its checkpoint has made; the
// first row that differs, as a sentence, or nothing. A value that was erased since may be there still or not.
// In a transaction that sees one snapshot, on the pipeline's strand. Throws Outage.
boost::asio::awaitable<std::optional<std::string>> compare_read_model(PgPipeline& pipeline,
                                                                      const UserMetadataBatch& replayed);

}  // namespace usermeta
