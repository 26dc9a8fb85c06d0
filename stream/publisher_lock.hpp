#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "store/pg_pipeline.hpp"

namespace usermeta {

// Of all processes on the database one publishes to a topic: whose connection has the topic's advisory lock.
// It goes with the connection. False: another one has it.
//
// On the pipeline's strand. Throws Outage.
boost::asio::awaitable<bool> take_publisher_lock(PgPipeline& pipeline, std::string topic);

}  // namespace usermeta
