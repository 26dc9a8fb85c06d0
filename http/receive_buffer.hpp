#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace usermeta {

// The bytes of a stream that came and were not taken yet, in one piece. It has no memory while it is empty
// and was released: one buffer goes from connection to connection of a thread, for most requests come in one
// piece and are taken at once. One thread at a time.
class ReceiveBuffer {
 public:
  // Where the next bytes go (never empty), and how many came. Grows while more come than it has room for.
  // Views of the bytes end with space() and release().
  std::span<char> space();
  void received(std::size_t bytes);

  std::string_view bytes() const { return {memory_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void take(std::size_t bytes) { begin_ += bytes; }

  // Gives the memory back, with what was not taken.
  void release();

 private:
  // [begin_, end_) is not taken yet.
  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;  // the last bytes took all the space: more are waiting, a larger buffer pays
};

}  // namespace usermeta
