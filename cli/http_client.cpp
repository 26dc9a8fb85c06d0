#include "cli/http_client.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

}  // namespace

class HttpClient::Connection {
 public:
  Connection(const std::string& host, bool tls, Certificate certificate)
      : context_(asio::ssl::context::tls_client), stream_(io_, context_), tls_(tls) {
    if (!tls || certificate == Certificate::any) return;
    context_.set_default_verify_paths();
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
  }

  // For all that follows together.
  void limit(std::chrono::milliseconds time) { stream_.next_layer().expires_after(time); }

  void open(const std::string& host, const std::string& port) { run(connect(host, port)); }

  Response ask(const Request& request) {
    Response response;
    if (tls_)
      run(exchange(stream_, request, response));
    else
      run(exchange(stream_.next_layer(), request, response));
    return response;
  }

 private:
  void run(asio::awaitable<void> work) {
    std::exception_ptr failure;
    asio::co_spawn(io_, std::move(work), [&](const std::exception_ptr& error) { failure = error; });
    io_.restart();
    io_.run();
    if (failure) std::rethrow_exception(failure);
  }

  asio::awaitable<void> connect(const std::string& host, const std::string& port) {
    asio::ip::tcp::resolver resolver(io_);
    const auto found = co_await resolver.async_resolve(host, port, asio::use_awaitable);
    co_await stream_.next_layer().async_connect(found, asio::use_awaitable);
    stream_.next_layer().socket().set_option(asio::ip::tcp::no_delay(true));
    if (tls_) co_await stream_.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  }

  template <class Stream>
  asio::awaitable<void> exchange(Stream& stream, const Request& request, Response& response) {
    co_await http::async_write(stream, request, asio::use_awaitable);
    co_await http::async_read(stream, buffer_, response, asio::use_awaitable);
  }

  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<boost::beast::tcp_stream> stream_;
  bool tls_;
  boost::beast::flat_buffer buffer_;
};

HttpClient::HttpClient(const std::string& url, Options options)
    : options_(std::move(options)), tls_(url.starts_with("https://")) {
  std::string rest = url.substr(url.find("://") + 3);
  while (rest.ends_with('/')) rest.pop_back();
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  prefix_ = rest.substr(slash);
  authority_ = host_ = rest.substr(0, slash);
  port_ = tls_ ? "443" : "80";
  const std::size_t colon = host_.rfind(':');
  const bool has_port = colon != std::string::npos && host_.find(']', colon) == std::string::npos;
  if (has_port) port_ = host_.substr(colon + 1);
  if (has_port) host_.resize(colon);
  if (host_.starts_with('[') && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
}

HttpClient::~HttpClient() = default;

HttpClient::Answer HttpClient::get(const std::string& path) {
  Request request(http::verb::get, prefix_ + path, 11);
  request.set(http::field::host, authority_);
  if (!options_.token.empty()) request.set(http::field::authorization, "Bearer " + options_.token);
  const bool fresh = !connection_;
  if (fresh) connection_ = std::make_unique<Connection>(host_, tls_, options_.certificate);
  try {
    connection_->limit(options_.limit);
    if (fresh) connection_->open(host_, port_);
    Response response = connection_->ask(request);
    if (!response.keep_alive()) connection_.reset();
    return {response.result_int(), std::move(response.body())};
  } catch (const boost::system::system_error&) {
    connection_.reset();
    throw;
  }
}

}  // namespace usermeta
