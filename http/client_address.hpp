#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace usermeta {

// The networks whose word on the client's address counts.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses and networks in CIDR notation (RFC 4632). Throws std::runtime_error that names the one it
  // cannot read.
  explicit TrustedProxies(const std::vector<std::string>& networks);

  bool trusts(std::string_view address) const;

 private:
  struct Network {
    std::string bytes;  // 4 or 16
    unsigned bits;
  };
  std::vector<Network> networks_;
};

// The address of the client: the connection's other end, or, when that is a trusted proxy, the last address
// in Forwarded (RFC 7239) or else X-Forwarded-For that is not one itself.
std::string client_address(const HttpRequest& request, const TrustedProxies& proxies);

}  // namespace usermeta
