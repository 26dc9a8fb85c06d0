#pragma once

#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "cli/options.hpp"

namespace usermeta {

// Where the service is to be found. Throws std::runtime_error when --listen or --debug-listen name no address
// and port, or both the same.
struct ListenEndpoints {
  boost::asio::ip::tcp::endpoint calls;
  std::optional<boost::asio::ip::tcp::endpoint> debug;  // none: /debug/* is there too
};
ListenEndpoints listen_endpoints(const ServeOptions& options);

}  // namespace usermeta
