#include "cli/http_get.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

}  // namespace

class HttpGet::Connection {
 public:
  Connection(const std::string& host, const std::string& port, bool tls)
      : context_(asio::ssl::context::tls_client), stream_(io_, context_), tls_(tls) {
    asio::connect(stream_.next_layer(), tcp::resolver(io_).resolve(host, port));
    stream_.next_layer().set_option(tcp::no_delay(true));
    if (!tls) return;
    context_.set_default_verify_paths();
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.handshake(asio::ssl::stream_base::client);
  }

  http::response<http::string_body> ask(const http::request<http::empty_body>& request) {
    return tls_ ? ask(request, stream_) : ask(request, stream_.next_layer());
  }

 private:
  template <class Stream>
  http::response<http::string_body> ask(const http::request<http::empty_body>& request, Stream& stream) {
    http::write(stream, request);
    http::response<http::string_body> response;
    http::read(stream, buffer_, response);
    return response;
  }

  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
  bool tls_;
  boost::beast::flat_buffer buffer_;
};

HttpGet::HttpGet(const std::string& url, std::string token)
    : url_(url), token_(std::move(token)), tls_(url.starts_with("https://")) {
  std::string rest = url.substr(url.find("://") + 3);
  while (rest.ends_with('/')) rest.pop_back();
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  prefix_ = rest.substr(slash);
  host_ = rest.substr(0, slash);
  port_ = tls_ ? "443" : "80";
  const std::size_t colon = host_.rfind(':');
  const bool has_port = colon != std::string::npos && host_.find(']', colon) == std::string::npos;
  if (has_port) port_ = host_.substr(colon + 1);
  if (has_port) host_.resize(colon);
  if (host_.starts_with('[') && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
}

HttpGet::~HttpGet() = default;

std::string HttpGet::get(const std::string& path) {
  http::request<http::empty_body> request(http::verb::get, prefix_ + path, 11);
  request.set(http::field::host, host_ + ":" + port_);
  if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
  http::response<http::string_body> response;
  try {
    if (!connection_) connection_ = std::make_unique<Connection>(host_, port_, tls_);
    response = connection_->ask(request);
    if (!response.keep_alive()) connection_.reset();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(url_ + path + ": " + error.code().message());
  }
  if (response.result_int() != 200)
    throw std::runtime_error(url_ + path + ": status " + std::to_string(response.result_int()));
  return std::move(response.body());
}

}  // namespace usermeta
