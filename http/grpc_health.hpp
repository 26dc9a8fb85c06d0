#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "http/grpc_stream.hpp"
#include "http/message.hpp"
#include "http/wire_format.hpp"

namespace usermeta {

// grpc.health.v1.Health: the readiness of the whole ("") or of one of the services that are served, which is
// the same for all.
class GrpcHealth {
 public:
  // Why calls cannot be served; empty: they can.
  using Readiness = std::function<boost::asio::awaitable<std::string>()>;

  // While somebody watches, the readiness is asked for once in `interval`: a change may be seen that much
  // later.
  explicit GrpcHealth(Readiness readiness,
                      std::chrono::milliseconds interval = std::chrono::milliseconds(500))
      : readiness_(std::move(readiness)), interval_(interval) {}

  boost::asio::awaitable<HttpResponse> check(const WireFormat& format, const HttpRequest& request);

  // The status at once and after each change, until the client has enough or the server stops, when the last
  // status is NOT_SERVING. Of a service that is unknown SERVICE_UNKNOWN, and nothing after it.
  boost::asio::awaitable<void> watch(GrpcStream& stream);

 private:
  Readiness readiness_;
  std::chrono::milliseconds interval_;
};

}  // namespace usermeta
