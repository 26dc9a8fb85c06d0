#include "cli/healthcheck.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/system/system_error.hpp>

#include "cli/http_client.hpp"
#include "cli/options.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// For the answer: a service whose database is silent has none.
constexpr std::chrono::seconds kLimit{10};

// Where a process on this machine reaches what listens there.
ListenAddress reachable(const ListenAddress& listen) {
  asio::ip::address address = asio::ip::make_address(listen.address);
  if (address.is_unspecified())
    address = address.is_v6() ? asio::ip::address(asio::ip::address_v6::loopback())
                              : asio::ip::address(asio::ip::address_v4::loopback());
  return {address.to_string(), listen.port};
}

void check(const ServeOptions& options) {
  const bool apart = !options.debug_listen.empty();
  const std::string option = apart ? "--debug-listen" : "--listen";
  const std::string& text = apart ? options.debug_listen : options.listen;
  try {
    const bool tls = !apart && !options.tls_certificate.empty();
    // The address is our own, so the certificate says nothing new.
    HttpClient client(url_of(reachable(parse_listen(text, option)), tls),
                      {.limit = kLimit, .certificate = HttpClient::Certificate::any});
    const HttpClient::Answer answer = client.get("/debug/ready");
    if (answer.status != 200)
      throw std::runtime_error("the service on " + text + " is not ready: " + std::to_string(answer.status) +
                               " " + answer.body);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::beast::error::timeout)
      throw std::runtime_error("the service on " + text + " gave no answer within " +
                               std::to_string(kLimit.count()) + " s");
    throw std::runtime_error("no service answers on " + text + ": " + error.code().message() +
                             "; is it running, with this " + option + "?");
  }
}

}  // namespace

void add_healthcheck(CLI::App& app, int& result) {
  CLI::App* command = app.add_subcommand(
      "healthcheck",
      "Ask the service on this machine whether it can do its work: exit status 0, or 1 and the reason. Takes "
      "the same --listen, --debug-listen and --tls-cert as `usermeta serve`");
  const auto options = std::make_shared<ServeOptions>();
  add_port_options(*command, *options);
  command->callback([options, &result] {
    try {
      check(*options);
      result = 0;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "usermeta healthcheck: %s\n", error.what());
      result = 1;
    }
  });
}

}  // namespace usermeta
