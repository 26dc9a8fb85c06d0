#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "bench/options.hpp"

namespace usermeta::bench {

using Clock = std::chrono::steady_clock;

// When requests are due, and which of them are measured. It begins when it is made.
class Schedule {
 public:
  explicit Schedule(const Options& options)
      : rate_(options.rate),
        most_(options.each ? options.users.size() : std::numeric_limits<std::uint64_t>::max()),
        tick_(std::max(duration(options.tick_ms / 1000), Clock::duration(1))),
        begin_(Clock::now()),
        measured_(options.each ? begin_ : begin_ + duration(options.warm_up)),
        end_(options.each ? Clock::time_point::max() : measured_ + duration(options.seconds)) {}

  // When a request was due that may be sent now, if there is one: each is given out once.
  std::optional<Clock::time_point> take(Clock::time_point now) {
    const Clock::time_point due = is_open() ? next_due() : now;
    if (due > now || is_over(now)) return std::nullopt;
    ++number_;
    return due;
  }

  // Open loop only.
  Clock::time_point next_due() const { return begin_ + duration(static_cast<double>(number_) / rate_); }

  // In an open loop things are looked at once a tick. To wake for each request and each answer alone would
  // take from the service two to three times the CPU of a request; latencies are the longer for it, never
  // the shorter.
  Clock::time_point next_tick(Clock::time_point now) const {
    return begin_ + ((now - begin_) / tick_ + 1) * tick_;
  }

  bool is_open() const { return rate_ != 0; }
  // Nothing more is given out.
  bool is_over(Clock::time_point now) const {
    return number_ == most_ || (is_open() ? next_due() : now) >= end_;
  }

  Clock::time_point measured_from() const { return measured_; }
  Clock::time_point end() const { return end_; }
  // In an open loop what was due in the time counts, however late its answer: else the slowest would be left
  // out. In a closed one, what was answered in it.
  bool is_measured(Clock::time_point due, Clock::time_point answered) const {
    const Clock::time_point time = is_open() ? due : answered;
    return time >= measured_ && time < end_;
  }

 private:
  static Clock::duration duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  double rate_;
  std::uint64_t most_;  // requests
  Clock::duration tick_;
  Clock::time_point begin_, measured_, end_;
  std::uint64_t number_ = 0;
};

}  // namespace usermeta::bench
