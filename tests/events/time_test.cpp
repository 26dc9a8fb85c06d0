#include "events/time.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const Time kMorning = sys_days{std::chrono::March / 25 / 2025} + 9h + 53min + 35s;

TEST(Rfc3339, WritesZeroThreeOrSixDigits) {
  EXPECT_EQ(to_rfc3339(kMorning), "2025-03-25T09:53:35Z");
  EXPECT_EQ(to_rfc3339(kMorning + 832ms), "2025-03-25T09:53:35.832Z");
  EXPECT_EQ(to_rfc3339(kMorning + 800ms), "2025-03-25T09:53:35.800Z");
  EXPECT_EQ(to_rfc3339(kMorning + 1us), "2025-03-25T09:53:35.000001Z");
  EXPECT_EQ(to_rfc3339(kMorning + 832'100us), "2025-03-25T09:53:35.832100Z");
}

TEST(Rfc3339, WritesTheEdges) {
  EXPECT_EQ(to_rfc3339(Time{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(Time{-1us}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(sys_days{std::chrono::January / 1 / 1}), "0001-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(sys_days{std::chrono::January / 1 / 10000} - 1us), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(sys_days{std::chrono::February / 29 / 2024}), "2024-02-29T00:00:00Z");
}

TEST(Rfc3339, HasTheYearsOneTo9999) {
  const Time first = sys_days{std::chrono::January / 1 / 1},
             behind = sys_days{std::chrono::January / 1 / 10000};
  for (const Time time : {first, Time{}, behind - 1us}) EXPECT_TRUE(has_rfc3339(time));
  for (const Time time : {first - 1us, behind, Time::min(), Time::max()}) EXPECT_FALSE(has_rfc3339(time));
}

TEST(Rfc3339, ReadsWhatItWrote) {
  for (const Time time :
       {kMorning, kMorning + 832ms, kMorning + 1us, Time{}, Time{-1us},
        Time{sys_days{std::chrono::January / 1 / 1}}, Time{sys_days{std::chrono::January / 1 / 10000} - 1us}})
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
}

TEST(Rfc3339, ReadsAnyNumberOfDigits) {
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35.8Z"), kMorning + 800ms);
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35.83Z"), kMorning + 830ms);
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35.000001Z"), kMorning + 1us);
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35.999999999Z"), kMorning + 999'999us);
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35.0000000000000000000000000000000001Z"), kMorning);
}

TEST(Rfc3339, ReadsOffsets) {
  EXPECT_EQ(from_rfc3339("2025-03-25T11:53:35+02:00"), kMorning);
  EXPECT_EQ(from_rfc3339("2025-03-25T04:23:35-05:30"), kMorning);
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35+00:00"), kMorning);
  EXPECT_EQ(from_rfc3339("2025-03-25T09:53:35-00:00"), kMorning);
  EXPECT_EQ(from_rfc3339("2025-03-26T00:00:00+23:59"), Time{sys_days{std::chrono::March / 25 / 2025} + 1min});
}

TEST(Rfc3339, ReadsLowerCaseLetters) {
  EXPECT_EQ(from_rfc3339("2025-03-25t09:53:35z"), kMorning);
}

TEST(Rfc3339, RefusesOtherForms) {
  for (const char* text :
       {"", "2025", "2025-03-25", "2025-03-25T09:53:35", "2025-03-25 09:53:35Z", "2025-03-25T09:53Z",
        "2025-03-25T09:53:35.Z", "2025-03-25T09:53:35,5Z", "2025-03-25T09:53:35Zx", " 2025-03-25T09:53:35Z",
        "25-03-25T09:53:35Z", "+2025-03-25T09:53:35Z", "2025-3-25T09:53:35Z", "2025-03-25T9:53:35Z",
        "2025-03-25T09:53:35+0200", "2025-03-25T09:53:35+02", "2025-03-25T09:53:35+02:0", "20250325T095335Z"})
    EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"2025-00-25T09:53:35Z", "2025-13-25T09:53:35Z", "2025-03-00T09:53:35Z", "2025-03-32T09:53:35Z",
        "2025-02-29T09:53:35Z", "2025-04-31T09:53:35Z", "2025-03-25T24:00:00Z", "2025-03-25T09:60:35Z",
        "2025-03-25T09:53:60Z", "2025-03-25T09:53:35+24:00", "2025-03-25T09:53:35+02:60"})
    EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
}

// The range of google.protobuf.Timestamp: the years 1 to 9999, in UTC.
TEST(Rfc3339, RefusesYearsOutOfRange) {
  EXPECT_EQ(from_rfc3339("0000-12-31T23:59:59Z"), std::nullopt);
  EXPECT_EQ(from_rfc3339("0001-01-01T00:00:00+00:01"), std::nullopt);
  EXPECT_EQ(from_rfc3339("9999-12-31T23:59:59-00:01"), std::nullopt);
  EXPECT_NE(from_rfc3339("9999-12-31T23:59:59+00:01"), std::nullopt);
  EXPECT_EQ(from_rfc3339("10000-01-01T00:00:00Z"), std::nullopt);
}

}  // namespace
}  // namespace usermeta
