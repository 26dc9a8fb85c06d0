#pragma once

#include <boost/asio/awaitable.hpp>

#include "store/pg_pipeline.hpp"

namespace usermeta {

// Runs a statement from a coroutine on any executor. Throws Outage. The pipeline must outlive the call.
boost::asio::awaitable<PgRows> query(PgPipeline& pipeline, const PgStatement& statement, PgParams params);

}  // namespace usermeta
