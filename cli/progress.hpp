#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace usermeta {

// Shows how far long work is: a bar that is drawn over on a terminal, a line every few seconds elsewhere.
//
//   [############------------------]  40 %  400,000 of 1,000,000 events  152,000/s  0:04 left
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `terminal`: whether `out` is one. `out` must outlive the object.
  Progress(std::FILE* out, bool terminal, Clock::time_point begin)
      : out_(out), terminal_(terminal), begin_(begin) {}

  // The first call says where the work begins: what was done before that counts for the bar, not for the
  // rate.
  void show(std::int64_t done, std::int64_t of, Clock::time_point now);
  // Ends the bar's line.
  void finish();

 private:
  std::FILE* out_;
  bool terminal_;
  Clock::time_point begin_;
  Clock::time_point shown_{};
  std::int64_t first_ = 0;
  bool open_ = false;  // the terminal's line is not ended
};

// The text for that state, without a line's end. `first`: how many were done before the time began.
std::string progress_text(std::int64_t done, std::int64_t of, std::chrono::duration<double> spent,
                          std::int64_t first = 0);

}  // namespace usermeta
