#include "cli/listen_endpoints.hpp"

#include <stdexcept>

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::endpoint endpoint_of(const std::string& text, const char* option) {
  const ListenAddress listen = parse_listen(text, option);
  boost::system::error_code error;
  const auto address =
      asio::ip::make_address(listen.address == "localhost" ? "127.0.0.1" : listen.address, error);
  if (error)
    throw std::runtime_error(std::string(option) + " " + text + ": " + listen.address + " is no IP address");
  return {address, listen.port};
}

}  // namespace

ListenEndpoints listen_endpoints(const ServeOptions& options) {
  ListenEndpoints result{endpoint_of(options.listen, "--listen"), {}};
  if (options.debug_listen.empty()) return result;
  result.debug = endpoint_of(options.debug_listen, "--debug-listen");
  if (result.debug == result.calls && result.calls.port() != 0)
    throw std::runtime_error("--debug-listen " + options.debug_listen +
                             " is where --listen is already: leave it out, or choose another port");
  return result;
}

}  // namespace usermeta
