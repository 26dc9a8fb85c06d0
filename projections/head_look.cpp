#include "projections/head_look.hpp"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kHead{"head_position", "SELECT position FROM log_head"};

}  // namespace

asio::awaitable<Position> HeadLook::look() {
  const auto initiate = [self = shared_from_this()](Handler handler) {
    asio::dispatch(self->connection_->strand(), [self, handler = std::move(handler)]() mutable {
      self->next_.push_back(std::move(handler));
      if (!self->looking_) self->ask();
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Position)>(
      initiate, asio::use_awaitable);
}

void HeadLook::ask() {
  looking_ = true;
  const auto served = std::make_shared<std::vector<Handler>>(std::exchange(next_, {}));
  connection_->run(kHead, {},
                   [self = shared_from_this(), served](std::exception_ptr error, const PgRows& rows) {
                     const Position head = error ? 0 : rows.int8(0, 0);
                     for (Handler& handler : *served) {
                       const auto executor = asio::get_associated_executor(handler);
                       asio::dispatch(executor, [handler = std::move(handler), error, head]() mutable {
                         std::move(handler)(error, head);
                       });
                     }
                     self->looking_ = false;
                     if (!self->next_.empty()) self->ask();
                   });
}

}  // namespace usermeta
