#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/deadline.hpp"
#include "http/limits.hpp"
#include "http/transport.hpp"

namespace usermeta {

// RFC 9112 section 9.6: to close while the client still sends would make its kernel throw away the answer
// that it has not read yet. So: ends our direction, and reads what comes until the client has had enough, or
// for limits.linger_time and limits.linger_bytes. `deadline` must cancel what waits on the transport.
boost::asio::awaitable<void> linger(Transport& transport, const HttpLimits& limits, Deadline& deadline);

}  // namespace usermeta
