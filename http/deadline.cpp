#include "http/deadline.hpp"

#include <utility>

namespace usermeta {

void Deadline::watch(std::weak_ptr<void> owner, std::function<void()> expire) {
  owner_ = std::move(owner);
  expire_ = std::move(expire);
}

void Deadline::set(Clock::time_point due) {
  expired_ = false;
  due_ = due;
  if (due_ < armed_) arm();
}

void Deadline::arm() {
  armed_ = due_;
  timer_.expires_at(armed_);
  timer_.async_wait([this, owner = owner_](const boost::system::error_code& cancelled) {
    const auto alive = owner.lock();
    if (alive && !cancelled) ring();
  });
}

void Deadline::ring() {
  armed_ = Clock::time_point::max();
  if (due_ == Clock::time_point::max()) return;
  if (Clock::now() < due_) return arm();
  expired_ = true;
  due_ = Clock::time_point::max();
  expire_();
}

}  // namespace usermeta
