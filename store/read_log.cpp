#include "store/read_log.hpp"

#include <memory>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

namespace asio = boost::asio;

asio::awaitable<Page> read_log(Log& log, Position after) {
  const auto initiate = [&log](auto handler, Position from) {
    // std::function wants to be copied; the handler cannot be.
    const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    log.read(from, [shared](const std::exception_ptr& error, Page page) {
      std::move (*shared)(error, std::move(page));
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Page)>(
      initiate, asio::use_awaitable, after);
}

}  // namespace usermeta
