#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace usermeta::bench {

// How often each duration was seen, to within 0.4 %: a count a class, so that noting one costs no memory.
class Durations {
 public:
  void add(std::chrono::nanoseconds duration);
  std::uint64_t count() const { return count_; }
  // The duration that so large a part of all are not above, in microseconds; 0 when there are none.
  double quantile(double part) const;
  double longest() const { return static_cast<double>(longest_) / 1000; }

 private:
  // Durations below 2^kExact ns have a class each; from there on each power of two has 2^(kExact - 1).
  static constexpr unsigned kExact = 9;
  static constexpr std::uint64_t kHalf = 1U << (kExact - 1);
  static std::uint64_t class_of(std::uint64_t nanoseconds);
  static std::uint64_t highest_of(std::uint64_t number);

  using Counts = std::array<std::uint32_t, (64 - kExact + 2) * kHalf>;
  std::unique_ptr<Counts> counts_ = std::make_unique<Counts>();
  std::uint64_t count_ = 0;
  std::uint64_t longest_ = 0;
};

// What this process has used of a core, and how long it was ready to run and had to wait for one.
struct Usage {
  double cpu_seconds = 0;
  double waited_seconds = 0;
  static Usage now();
};

struct Statistics {
  Durations accepted;                // from when it was due
  Durations sent_accepted, refused;  // from when it was sent: what of it the service took
  Durations late;                    // from due (or free, if that was later) to sent
  std::uint64_t answered = 0;        // in all, with the warm-up
  double seconds = 0;                // that were measured
  Usage before, after;               // of the time that is measured

  std::string json() const;
};

}  // namespace usermeta::bench
