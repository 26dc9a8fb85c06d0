#include "http/client_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace usermeta {
namespace {

// The address as bytes in network order; an IPv4 address mapped into IPv6 counts as what it is.
std::optional<std::string> parse_address(std::string_view text) {
  const std::string copy(text);
  // inet_pton reads as far as a NUL, and what follows would be believed as well.
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  char bytes[16];
  if (inet_pton(AF_INET, copy.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, copy.c_str(), bytes) != 1) return std::nullopt;
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (std::string_view(bytes, 12) == kMapped) return std::string(bytes + 12, 4);
  return std::string(bytes, 16);
}

// Without quotes, brackets and port: "[2001:db8::1]:4711", 192.0.2.43:47011.
std::string_view bare(std::string_view node) {
  node = trim(node);
  if (node.size() >= 2 && node.front() == '"' && node.back() == '"') node = node.substr(1, node.size() - 2);
  if (node.starts_with('[')) return node.substr(1, std::min(node.find(']'), node.size()) - 1);
  if (std::ranges::count(node, ':') == 1) return node.substr(0, node.find(':'));
  return node;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(trim(text.substr(0, end)));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// The for= of a Forwarded element, or nothing.
std::string_view forwarded_for(std::string_view element) {
  for (const std::string_view pair : split(element, ';')) {
    const std::string_view name = pair.substr(0, pair.find('='));
    if (equals_ignoring_case(name, "for")) return bare(pair.substr(std::min(name.size() + 1, pair.size())));
  }
  return {};
}

// The chain of addresses, the client first.
std::vector<std::string_view> chain(const HttpRequest& request) {
  std::vector<std::string_view> addresses;
  const bool standard = request.fields.find("forwarded").has_value();
  for (const auto& [name, value] : request.fields) {
    if (name != (standard ? "forwarded" : "x-forwarded-for")) continue;
    for (const std::string_view element : split(value, ','))
      addresses.push_back(standard ? forwarded_for(element) : bare(element));
  }
  return addresses;
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& networks) {
  for (const std::string& network : networks) {
    const std::size_t slash = std::min(network.find('/'), network.size());
    const auto bytes = parse_address(std::string_view(network).substr(0, slash));
    unsigned bits = bytes ? static_cast<unsigned>(bytes->size() * 8) : 0;
    bool good = bytes.has_value();
    if (good && slash < network.size()) {
      const char* end = network.data() + network.size();
      const auto [stop, error] = std::from_chars(network.data() + slash + 1, end, bits);
      good = error == std::errc() && stop == end && bits <= bytes->size() * 8;
    }
    if (!good)
      throw std::runtime_error("--trusted-proxies: " + network +
                               " is no address or network such as 10.0.0.0/8");
    networks_.push_back({*bytes, bits});
  }
}

bool TrustedProxies::trusts(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto bytes = parse_address(address);
  if (!bytes) return false;
  return std::ranges::any_of(networks_, [&](const Network& network) {
    if (network.bytes.size() != bytes->size()) return false;
    for (unsigned bit = 0; bit < network.bits; ++bit) {
      const unsigned shift = 7 - bit % 8;
      if (((network.bytes[bit / 8] ^ (*bytes)[bit / 8]) >> shift & 1) != 0) return false;
    }
    return true;
  });
}

std::string client_address(const HttpRequest& request, const TrustedProxies& proxies) {
  std::string address = request.peer;
  if (!proxies.trusts(address)) return address;
  auto addresses = chain(request);
  std::ranges::reverse(addresses);
  for (const std::string_view hop : addresses) {
    if (!parse_address(hop)) break;  // "unknown" or made up: nothing before it can be believed
    address = std::string(hop);
    if (!proxies.trusts(address)) break;
  }
  return address;
}

}  // namespace usermeta
