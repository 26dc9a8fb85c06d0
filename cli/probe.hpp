#pragma once

#include <chrono>
#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace usermeta {

struct ProbeAnswer {
  unsigned status = 0;  // of HTTP
  std::string body;
};

// Asks for `path` there with one GET over HTTP/1.1. `tls`: over TLS, whatever the certificate says, for the
// address is our own. Blocks, `limit` at most. Throws boost::system::system_error.
ProbeAnswer probe(const boost::asio::ip::tcp::endpoint& endpoint, const std::string& path, bool tls,
                  std::chrono::milliseconds limit);

}  // namespace usermeta
