#include "projections/checkpoint_watch.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

namespace asio = boost::asio;

void CheckpointWatch::advance(Position position) {
  asio::dispatch(strand_, [self = shared_from_this(), position] {
    if (position <= self->position_) return;
    self->position_ = position;
    for (const auto& waiter : self->waiters_)
      if (waiter->position <= position) waiter->timer.cancel();
  });
}

asio::awaitable<bool> CheckpointWatch::reached(Position position, std::chrono::milliseconds patience) {
  co_return co_await reached(position, position, patience);
}

asio::awaitable<bool> CheckpointWatch::reached(Position position, Position wanted,
                                               std::chrono::milliseconds patience) {
  if (position_ >= position) co_return true;
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto wait = [self = shared_from_this(), position, wanted, patience]() -> asio::awaitable<bool> {
    if (self->position_ >= position) co_return true;
    const auto waiter = std::make_shared<Waiter>(position, asio::steady_timer(self->strand_, patience));
    self->waiters_.push_back(waiter);
    self->wanted_ = std::max(self->wanted_.load(), wanted);
    ++self->waiting_;
    if (self->on_wanted_) self->on_wanted_();
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    --self->waiting_;
    self->waiters_.remove(waiter);
    co_return self->position_ >= position;
  };
  const bool reached = co_await asio::co_spawn(strand_, wait, asio::use_awaitable);
  co_return reached;
}

}  // namespace usermeta
