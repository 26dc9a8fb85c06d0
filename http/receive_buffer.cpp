#include "http/receive_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace usermeta {
namespace {

constexpr std::size_t first_size = 4 * 1024;
constexpr std::size_t largest_size = 64 * 1024;

// Of the first size; nobody's.
thread_local std::unique_ptr<char[]> spare;

}  // namespace

std::span<char> ReceiveBuffer::space() {
  const std::size_t held = end_ - begin_;
  const bool larger = held == capacity_ || (filled_ && capacity_ < largest_size);
  if (larger) {
    capacity_ = std::max(first_size, 2 * capacity_);
    auto memory = capacity_ == first_size && spare ? std::move(spare)
                                                   : std::make_unique_for_overwrite<char[]>(capacity_);
    if (held != 0) std::memcpy(memory.get(), memory_.get() + begin_, held);
    memory_ = std::move(memory);
    filled_ = false;
  } else if (held != 0 && end_ == capacity_) {
    std::memmove(memory_.get(), memory_.get() + begin_, held);
  }
  if (larger || held == 0 || end_ == capacity_) {
    begin_ = 0;
    end_ = held;
  }
  return {memory_.get() + end_, capacity_ - end_};
}

void ReceiveBuffer::received(std::size_t bytes) {
  end_ += bytes;
  filled_ = end_ == capacity_;
}

void ReceiveBuffer::release() {
  if (capacity_ == first_size) spare = std::move(memory_);
  memory_.reset();
  capacity_ = begin_ = end_ = 0;
  filled_ = false;
}

}  // namespace usermeta
