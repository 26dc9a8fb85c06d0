#pragma once

#include <boost/asio/awaitable.hpp>

#include "store/pending.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Runs a statement from a coroutine on any executor. Throws Outage. The pipeline must outlive the call.
boost::asio::awaitable<PgRows> query(PgPipeline& pipeline, const PgStatement& statement, PgParams params);

// Sends a statement, whose rows are awaited later; on the pipeline's strand. Awaiting them throws Outage.
Pending<PgRows> begin_query(PgPipeline& pipeline, const PgStatement& statement, const PgParams& params);

}  // namespace usermeta
