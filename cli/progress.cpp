#include "cli/progress.hpp"

#include <algorithm>
#include <cmath>

namespace usermeta {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBar = 30;

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string clock_text(double seconds) {
  const long whole = std::lround(seconds);
  char text[32];
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

}  // namespace

std::string progress_text(std::int64_t done, std::int64_t of, std::chrono::duration<double> spent,
                          std::int64_t first) {
  // Events may have come meanwhile, and then more are done than there were.
  const std::int64_t whole = std::max<std::int64_t>({done, of, 1});
  const std::int64_t part = of > 0 ? done : whole;
  const double rate = spent.count() > 0 ? static_cast<double>(done - first) / spent.count() : 0.0;
  std::string text = "[" + std::string(kBar, '-') + "] ";
  std::fill_n(text.begin() + 1, part * static_cast<std::int64_t>(kBar) / whole, '#');
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(part * 100 / whole));
  text += percent;
  text += "  " + grouped(done) + " of " + grouped(of) + " events  " +
          grouped(static_cast<std::int64_t>(rate)) + "/s";
  if (done < of && rate > 0) text += "  " + clock_text(static_cast<double>(of - done) / rate) + " left";
  return text;
}

void Progress::show(std::int64_t done, std::int64_t of, Clock::time_point now) {
  const auto pause = terminal_ ? Clock::duration(100ms) : Clock::duration(5s);
  const bool last = done >= of;
  if (shown_ == Clock::time_point{}) first_ = done;
  if (shown_ != Clock::time_point{} && now - shown_ < pause && !last) return;
  shown_ = now;
  const std::string text = progress_text(done, of, now - begin_, first_);
  // A shorter text must not leave the end of a longer one.
  std::fprintf(out_, terminal_ ? "\r%s\x1b[K" : "%s\n", text.c_str());
  std::fflush(out_);
  open_ = terminal_;
}

void Progress::finish() {
  if (open_) std::fputc('\n', out_);
  open_ = false;
  std::fflush(out_);
}

}  // namespace usermeta
