#include "http/linger.hpp"

#include <vector>

namespace usermeta {
namespace {

constexpr std::size_t linger_buffer = 64 * 1024;

}  // namespace

boost::asio::awaitable<void> linger(Transport& transport, const HttpLimits& limits, Deadline& deadline) {
  boost::system::error_code error;
  transport.end_sending(error);
  if (error) co_return;
  deadline.set(limits.linger_time);
  std::vector<char> dropped(linger_buffer);
  for (std::size_t total = 0; total < limits.linger_bytes && !deadline.expired();) {
    const auto [read, bytes] = co_await transport.drop(dropped);
    if (read) co_return;
    total += bytes;
  }
}

}  // namespace usermeta
