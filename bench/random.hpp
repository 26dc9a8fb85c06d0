#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>

namespace usermeta::bench {

// Numbers for choosing, in a few instructions each (splitmix64). Others in every run: a set to what is there
// already makes no event.
class Random {
 public:
  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  // Evenly below `bound`, as far as that matters here.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  std::uint64_t state_ = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
};

// Texts of 40 random letters, as they are and in base64. They are put together of triples whose base64 is
// known, for random letters one by one would cost as much as the rest of a request.
class Values {
 public:
  static constexpr std::size_t kCharacters = 40;
  static constexpr std::size_t kBase64Characters = 56;

  Values();
  void write_text(char* out, Random& random) const { write<3>(out, random, texts_); }
  void write_base64(char* out, Random& random) const { write<4>(out, random, base64_); }

 private:
  static constexpr unsigned kBits = 12;  // of a random number, for one triple
  static constexpr std::size_t kTriples = 13;
  template <std::size_t N>
  using Table = std::array<std::array<char, N>, 1U << kBits>;

  template <std::size_t N>
  static void write(char* out, Random& random, const Table<N>& table) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kTriples; ++i, out += N, bits >>= kBits) {
      if (i % 5 == 0) bits = random.next();
      const auto& triple = table[bits % table.size()];
      for (std::size_t j = 0; j < N; ++j) out[j] = triple[j];
    }
    // The 40th: a letter, or the base64 of a letter alone.
    constexpr std::string_view last = N == 3 ? "x" : "eA==";
    last.copy(out, last.size());
  }

  Table<3> texts_;
  Table<4> base64_;
};

}  // namespace usermeta::bench
