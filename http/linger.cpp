#include "http/linger.hpp"

#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {
namespace {

constexpr std::size_t linger_buffer = 64 * 1024;

}  // namespace

boost::asio::awaitable<void> linger(boost::asio::ip::tcp::socket& socket, const HttpLimits& limits,
                                    Deadline& deadline) {
  boost::system::error_code error;
  socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
  if (error) co_return;
  deadline.set(limits.linger_time);
  std::vector<char> dropped(linger_buffer);
  for (std::size_t total = 0; total < limits.linger_bytes && !deadline.expired();) {
    const auto [read, bytes] = co_await socket.async_read_some(
        boost::asio::buffer(dropped), boost::asio::as_tuple(boost::asio::use_awaitable));
    if (read) co_return;
    total += bytes;
  }
}

}  // namespace usermeta
