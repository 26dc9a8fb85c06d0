#include "http/request_id.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

#include <openssl/rand.h>

namespace usermeta {
namespace {

// OpenSSL's generator takes a microsecond for a few bytes, and hardly longer for many.
class RandomNumbers {
 public:
  std::uint64_t next() {
    if (left_ == 0) {
      if (RAND_bytes(reinterpret_cast<unsigned char*>(drawn_.data()), sizeof drawn_) != 1)
        throw std::runtime_error("the system gives no random numbers");
      left_ = drawn_.size();
    }
    return drawn_[--left_];
  }

 private:
  std::array<std::uint64_t, 256> drawn_;
  std::size_t left_ = 0;
};

}  // namespace

std::string new_request_id() {
  constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  thread_local RandomNumbers numbers;
  std::uint64_t number = numbers.next();
  std::string id(13, '0');
  for (char& digit : id) {
    digit = kDigits[number & 31];
    number >>= 5;
  }
  return id;
}

}  // namespace usermeta
