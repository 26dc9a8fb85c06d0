#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "events/recorded.hpp"

namespace usermeta {

// All of these throw std::runtime_error when the system gives no random numbers.

// Random salts, drawn many at a time: the generator takes a microsecond for a few bytes, and hardly longer
// for many. One thread at a time.
class SaltSource {
 public:
  Salt next();

 private:
  std::array<Salt, 256> drawn_;
  std::size_t left_ = 0;
};

// Ids like ZITADEL's: 18 or 19 decimal digits, rising with time, unique within the process and all but surely
// beyond it. Any thread.
//
//   41 bits: milliseconds since 2020-01-01 UTC | 22 bits: random, or one more than the id before
class IdSource {
 public:
  std::string next();

 private:
  std::atomic<std::uint64_t> last_{0};
};

// A name for a request that brought none: 13 letters and digits, 64 random bits. It is no secret, and no two
// requests have the same. Short enough for std::string to hold without memory of its own, for it is copied to
// where the request goes. Any thread.
std::string new_request_id();

// A name for this process that no other has: 16 hexadecimal digits.
std::string new_process_name();

}  // namespace usermeta
