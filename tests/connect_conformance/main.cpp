// The server under test of the Connect conformance suite: is told on standard input what to serve, says on
// standard output where, and serves until SIGTERM. Both messages have their length in front (4 bytes,
// big-endian).

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "conformance.pb.h"
#include "http/codec.hpp"
#include "http/listener.hpp"
#include "http/tls.hpp"
#include "tests/connect_conformance/conformance_service.hpp"
#include "tests/support/temp_directory.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace suite = connectrpc::conformance::v1;

constexpr std::string_view kHost = "127.0.0.1";

std::string read_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (!std::cin.read(bytes.data(), static_cast<std::streamsize>(count)))
    throw std::runtime_error("standard input ended within the request");
  return bytes;
}

suite::ServerCompatRequest read_request() {
  std::uint32_t size = 0;
  for (const char c : read_bytes(4)) size = size << 8 | static_cast<unsigned char>(c);
  suite::ServerCompatRequest request;
  if (!request.ParseFromString(read_bytes(size))) throw std::runtime_error("standard input has no request");
  return request;
}

void write_response(const suite::ServerCompatResponse& response) {
  const std::string bytes = response.SerializeAsString();
  for (const int shift : {24, 16, 8, 0}) std::cout.put(static_cast<char>(bytes.size() >> shift & 0xFF));
  std::cout << bytes << std::flush;
}

// The suite has its certificate as text, and the service reads files.
std::optional<Tls> tls_of(const suite::ServerCompatRequest& request) {
  if (!request.use_tls()) return std::nullopt;
  const TempDirectory directory;
  const std::string file = directory.path() / "certificate-and-key.pem";
  std::ofstream(file) << request.server_creds().cert() << '\n' << request.server_creds().key();
  return std::optional<Tls>(std::in_place, Tls::Files{file, file});
}

void run() {
  const auto request = read_request();
  ConformanceService service(request.message_receive_limit() == 0 ? kLongestMessage
                                                                  : request.message_receive_limit());
  const std::optional<Tls> tls = tls_of(request);
  const HttpLimits limits;
  asio::io_context context;
  asio::signal_set stop(context, SIGTERM, SIGINT);
  stop.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
  const auto on_error = [](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      std::cerr << e.what() << std::endl;
    }
  };
  const asio::ip::tcp::endpoint any_port(asio::ip::make_address(kHost), 0);
  Listener listener({context.get_executor()}, any_port, limits, service, on_error, tls ? &*tls : nullptr);
  listener.start();

  suite::ServerCompatResponse response;
  response.set_host(std::string(kHost));
  response.set_port(listener.port());
  response.set_pem_cert(request.server_creds().cert());
  write_response(response);
  context.run();
}

}  // namespace
}  // namespace usermeta

int main() {
  try {
    usermeta::run();
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return EXIT_FAILURE;
  }
}
