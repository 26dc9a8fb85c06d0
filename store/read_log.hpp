#pragma once

#include <boost/asio/awaitable.hpp>

#include "events/log.hpp"

namespace usermeta {

// Log::read for coroutines that run on the log's strand. Throws what the log reports.
boost::asio::awaitable<Page> read_log(Log& log, Position after);

}  // namespace usermeta
