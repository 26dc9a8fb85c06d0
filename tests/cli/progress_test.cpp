#include "cli/progress.hpp"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, HasBarPartCountsRateAndTimeLeft) {
  EXPECT_EQ(progress_text(400'000, 1'000'000, 2.5s),
            "[############------------------]  40 %  400,000 of 1,000,000 events  160,000/s  0:04 left");
}

TEST(ProgressText, BeginsAndEnds) {
  EXPECT_EQ(progress_text(0, 1000, 0s), "[------------------------------]   0 %  0 of 1,000 events  0/s");
  EXPECT_EQ(progress_text(0, 1000, 5s), "[------------------------------]   0 %  0 of 1,000 events  0/s");
  EXPECT_EQ(progress_text(1000, 1000, 2s),
            "[##############################] 100 %  1,000 of 1,000 events  500/s");
  EXPECT_EQ(progress_text(0, 0, 0s), "[##############################] 100 %  0 of 0 events  0/s");
}

TEST(ProgressText, IsNeverMoreThanAll) {
  EXPECT_EQ(progress_text(1200, 1000, 2s),
            "[##############################] 100 %  1,200 of 1,000 events  600/s");
}

TEST(ProgressText, IsFullOnlyAtTheEnd) {
  EXPECT_EQ(progress_text(999'999, 1'000'000, 1s).substr(0, 38), "[#############################-]  99 %");
  EXPECT_EQ(progress_text(58, 100, 1s).substr(33, 5), " 58 %");  // 0.58 * 100 is less than 58
}

TEST(ProgressText, GroupsThousands) {
  struct Row {
    std::int64_t number;
    std::string text;
  };
  for (const Row& row : {Row{1, "1"},
                         {12, "12"},
                         {999, "999"},
                         {1000, "1,000"},
                         {12'345, "12,345"},
                         {123'456, "123,456"},
                         {1'234'567, "1,234,567"},
                         {1'000'000'000, "1,000,000,000"}})
    EXPECT_EQ(progress_text(row.number, row.number, 0s).substr(40),
              row.text + " of " + row.text + " events  0/s");
}

TEST(ProgressText, SaysTheTimeLeftAsAClockDoes) {
  struct Row {
    std::int64_t of;
    std::string left;
  };
  for (const Row& row : {Row{2, "0:01"},
                         {61, "1:00"},
                         {60, "0:59"},
                         {3600, "59:59"},
                         {3601, "1:00:00"},
                         {36'000, "9:59:59"},
                         {360'001, "100:00:00"}}) {
    const std::string text = progress_text(1, row.of, 1s);
    EXPECT_EQ(text.substr(text.rfind("/s  ") + 4), row.left + " left");
  }
}

TEST(ProgressText, CountsForItsRateOnlyWhatWasDoneInThatTime) {
  EXPECT_EQ(progress_text(900'000, 1'000'000, 1s, 800'000).substr(33),
            " 90 %  900,000 of 1,000,000 events  100,000/s  0:01 left");
}

// What is shown, as it goes to the file.
class ProgressTest : public testing::Test {
 protected:
  ProgressTest() : file_(std::tmpfile(), std::fclose) {}

  std::string shown() {
    std::string text(static_cast<std::size_t>(std::ftell(file_.get())), '\0');
    std::rewind(file_.get());
    const std::size_t read = std::fread(text.data(), 1, text.size(), file_.get());
    EXPECT_EQ(read, text.size());
    return text;
  }
  static int count(const std::string& text, char c) { return static_cast<int>(std::ranges::count(text, c)); }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  const Progress::Clock::time_point begin_ = Progress::Clock::now();
};

TEST_F(ProgressTest, IsDrawnOverOnATerminal) {
  Progress progress(file_.get(), true, begin_);
  progress.show(0, 10, begin_);
  progress.show(10, 10, begin_ + 2s);
  progress.finish();
  progress.finish();
  EXPECT_EQ(shown(), "\r" + progress_text(0, 10, 0s) + "\x1b[K\r" + progress_text(10, 10, 2s) + "\x1b[K\n");
}

TEST_F(ProgressTest, IsLinesElsewhere) {
  Progress progress(file_.get(), false, begin_);
  progress.show(0, 10, begin_);
  progress.show(10, 10, begin_ + 2s);
  progress.finish();
  EXPECT_EQ(shown(), progress_text(0, 10, 0s) + "\n" + progress_text(10, 10, 2s) + "\n");
}

TEST_F(ProgressTest, WhatIsGoneOnWithWasDoneBefore) {
  Progress progress(file_.get(), false, begin_);
  progress.show(800, 1000, begin_);
  progress.show(1000, 1000, begin_ + 2s);
  EXPECT_EQ(shown(), progress_text(800, 1000, 0s, 800) + "\n" + progress_text(1000, 1000, 2s, 800) + "\n");
}

TEST_F(ProgressTest, IsDrawnTenTimesASecondAtMost) {
  Progress progress(file_.get(), true, begin_);
  for (int ms = 0; ms <= 1000; ++ms) progress.show(ms, 2000, begin_ + ms * 1ms);
  EXPECT_EQ(count(shown(), '\r'), 11);
}

TEST_F(ProgressTest, IsALineEveryFiveSecondsAtMost) {
  Progress progress(file_.get(), false, begin_);
  for (int ms = 0; ms <= 12'000; ms += 100) progress.show(ms, 20'000, begin_ + ms * 1ms);
  EXPECT_EQ(count(shown(), '\n'), 3);
}

TEST_F(ProgressTest, AlwaysShowsTheEnd) {
  Progress progress(file_.get(), false, begin_);
  progress.show(0, 10, begin_);
  progress.show(5, 10, begin_ + 1ms);
  progress.show(10, 10, begin_ + 2ms);
  EXPECT_EQ(count(shown(), '\n'), 2);
}

TEST_F(ProgressTest, EndsNoLineThatWasNotBegun) {
  Progress progress(file_.get(), true, begin_);
  progress.finish();
  EXPECT_EQ(shown(), "");
}

}  // namespace
}  // namespace usermeta
