#include "cli/probe.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

template <class Stream>
asio::awaitable<ProbeAnswer> ask(Stream& stream, std::string path) {
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, "localhost");
  request.set(http::field::connection, "close");
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(stream, buffer, response, asio::use_awaitable);
  co_return ProbeAnswer{response.result_int(), std::move(response.body())};
}

asio::awaitable<ProbeAnswer> connect_and_ask(asio::ip::tcp::endpoint endpoint, std::string path, bool tls,
                                             std::chrono::milliseconds limit) {
  beast::tcp_stream plain(co_await asio::this_coro::executor);
  plain.expires_after(limit);
  co_await plain.async_connect(endpoint, asio::use_awaitable);
  if (!tls) co_return co_await ask(plain, std::move(path));
  asio::ssl::context context(asio::ssl::context::tls_client);
  beast::ssl_stream<beast::tcp_stream&> secure(plain, context);
  co_await secure.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_return co_await ask(secure, std::move(path));
}

}  // namespace

ProbeAnswer probe(const asio::ip::tcp::endpoint& endpoint, const std::string& path, bool tls,
                  std::chrono::milliseconds limit) {
  asio::io_context context;
  ProbeAnswer answer;
  std::exception_ptr failure;
  asio::co_spawn(context, connect_and_ask(endpoint, path, tls, limit),
                 [&](const std::exception_ptr& error, ProbeAnswer found) {
                   failure = error;
                   answer = std::move(found);
                 });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return answer;
}

}  // namespace usermeta
