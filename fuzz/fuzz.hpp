#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// What the fuzz targets share. libFuzzer calls a target with bytes of its own making, and takes an abort for
// a finding.
namespace usermeta::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void check(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// Takes the first byte off the input, as a choice of the fuzzer's; 0 when there is none left.
inline std::uint8_t take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}

// Sizes from 1 to 256 in an order that one byte of the input chooses: how a network cuts a stream up. One in
// four choices is byte by byte.
class Pieces {
 public:
  explicit Pieces(std::uint8_t choice) : single_(choice % 4 == 0), state_(choice) {}
  std::size_t next() {
    if (single_) return 1;
    state_ = state_ * 1103515245U + 12345U;
    const std::uint32_t random = state_ >> 16;
    // Short ones more often than long ones.
    return 1 + (random & 0xFFU) % ((random & 0x100U) != 0 ? 8U : 256U);
  }

 private:
  const bool single_;
  std::uint32_t state_;
};

}  // namespace usermeta::fuzz
