#include <stdexcept>

#include "fuzz/fuzz.hpp"
#include "http/client_address.hpp"

using namespace usermeta;

// Forwarded and X-Forwarded-For behind proxies that are trusted in part; the first byte says which field.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TrustedProxies proxies({"10.0.0.0/8", "192.0.2.43", "2001:db8::/33", "::1"});
  std::string_view input = fuzz::text(data, size);
  const bool standard = fuzz::take_byte(input) % 2 == 0;
  HttpRequest request;
  request.fields.add(standard ? "forwarded" : "x-forwarded-for", input);
  request.peer = "203.0.113.9";
  fuzz::check(client_address(request, proxies) == request.peer, "a stranger's word does not count");
  request.peer = "10.1.2.3";
  const std::string address = client_address(request, proxies);
  fuzz::check(address == request.peer || input.find(address) != std::string_view::npos,
              "the address is the peer's or one of the field's");
  fuzz::check(!address.empty() && address.size() < 64, "an address and nothing else gets into events");
  try {
    const TrustedProxies one({std::string(input)});
    fuzz::check(one.trusts(input.substr(0, input.find('/'))), "a network has its own address");
  } catch (const std::runtime_error&) {
    return 0;
  }
  return 0;
}
