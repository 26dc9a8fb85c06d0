#include "bench/statistics.hpp"

#include <algorithm>
#include <bit>
#include <fstream>
#include <sstream>
#include <sys/resource.h>

namespace usermeta::bench {

std::uint64_t Durations::class_of(std::uint64_t nanoseconds) {
  const auto bits = static_cast<unsigned>(std::bit_width(nanoseconds));
  if (bits <= kExact) return nanoseconds;
  const unsigned shift = bits - kExact;
  return shift * kHalf + (nanoseconds >> shift);
}

std::uint64_t Durations::highest_of(std::uint64_t number) {
  if (number < 2 * kHalf) return number;
  const std::uint64_t shift = number / kHalf - 1;
  return ((number - shift * kHalf + 1) << shift) - 1;
}

void Durations::add(std::chrono::nanoseconds duration) {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  ++(*counts_)[class_of(nanoseconds)];
  ++count_;
  longest_ = std::max(longest_, nanoseconds);
}

double Durations::quantile(double part) const {
  const auto rank = static_cast<std::uint64_t>(part * static_cast<double>(count_));
  std::uint64_t seen = 0;
  for (std::size_t number = 0; number < counts_->size(); ++number) {
    seen += (*counts_)[number];
    if (seen > rank) return static_cast<double>(std::min(highest_of(number), longest_)) / 1000;
  }
  return longest();
}

Usage Usage::now() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  Usage usage;
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  // proc(5): time on a core, time in the queue for one, in nanoseconds. A kernel without it says nothing.
  double ran = 0;
  double waited = 0;
  if (std::ifstream("/proc/thread-self/schedstat") >> ran >> waited) usage.waited_seconds = waited / 1e9;
  return usage;
}

std::string Statistics::json() const {
  const auto requests = static_cast<double>(accepted.count() + refused.count());
  const double each = requests > 0 ? 1e6 / requests : 0;
  std::ostringstream out;
  out.precision(10);
  out << "{\"requests\":" << accepted.count() << ",\"answered_in_all\":" << answered
      << ",\"seconds\":" << seconds << ",\"per_second\":" << static_cast<double>(accepted.count()) / seconds
      << ",\"p50_us\":" << accepted.quantile(0.5) << ",\"p90_us\":" << accepted.quantile(0.9)
      << ",\"p99_us\":" << accepted.quantile(0.99) << ",\"max_us\":" << accepted.longest()
      << ",\"sent_p50_us\":" << sent_accepted.quantile(0.5)
      << ",\"sent_p99_us\":" << sent_accepted.quantile(0.99) << ",\"refused\":" << refused.count()
      << ",\"refused_p50_us\":" << refused.quantile(0.5) << ",\"refused_p99_us\":" << refused.quantile(0.99)
      << ",\"late_p50_us\":" << late.quantile(0.5) << ",\"late_p99_us\":" << late.quantile(0.99)
      << ",\"late_max_us\":" << late.longest()
      << ",\"own_cpu_us\":" << (after.cpu_seconds - before.cpu_seconds) * each
      << ",\"own_wait_us\":" << (after.waited_seconds - before.waited_seconds) * each << "}";
  return out.str();
}

}  // namespace usermeta::bench
