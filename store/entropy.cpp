#include "store/entropy.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include <openssl/rand.h>

#include "events/hex.hpp"

namespace usermeta {
namespace {

void draw(void* into, std::size_t bytes) {
  if (RAND_bytes(static_cast<unsigned char*>(into), static_cast<int>(bytes)) != 1)
    throw std::runtime_error("the system gives no random numbers");
}

}  // namespace

Salt SaltSource::next() {
  if (left_ == 0) {
    draw(drawn_.data(), sizeof drawn_);
    left_ = drawn_.size();
  }
  return drawn_[--left_];
}

std::string IdSource::next() {
  using namespace std::chrono;
  constexpr auto kEpoch = sys_days{January / 1 / 2020};
  const auto elapsed = duration_cast<milliseconds>(system_clock::now() - kEpoch).count();
  std::uint32_t random = 0;
  draw(&random, sizeof random);
  const std::uint64_t wanted = static_cast<std::uint64_t>(elapsed) << 22 | (random & 0x3FFFFF);
  std::uint64_t last = last_.load();
  std::uint64_t id = 0;
  do {
    id = std::max(wanted, last + 1);
  } while (!last_.compare_exchange_weak(last, id));
  return std::to_string(id);
}

std::string new_request_id() {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  thread_local SaltSource source;
  const Salt salt = source.next();
  std::uint64_t number = 0;
  std::memcpy(&number, salt.data(), sizeof number);
  std::string id(13, '0');
  for (char& digit : id) {
    digit = kDigits[number & 31];
    number >>= 5;
  }
  return id;
}

std::string new_process_name() {
  std::array<char, 8> random;
  draw(random.data(), random.size());
  return to_hex({random.data(), random.size()});
}

}  // namespace usermeta
