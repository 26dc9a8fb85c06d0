#pragma once

#include <atomic>
#include <cstddef>

namespace usermeta {

// How many bytes of request bodies may be held at a time, over all connections. Any thread.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bound) : bound_(bound) {}

  // One holder's share, given back at its end. Used by one thread at a time.
  class Share {
   public:
    explicit Share(ByteBudget& budget) : budget_(budget) {}
    ~Share() { release(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Makes the share that large if it was smaller. False when that is more than is left; then nothing
    // changes.
    bool grow_to(std::size_t bytes);
    void release();

   private:
    ByteBudget& budget_;
    std::size_t held_ = 0;
  };

 private:
  const std::size_t bound_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace usermeta
