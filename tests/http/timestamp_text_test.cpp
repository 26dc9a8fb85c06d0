#include "http/timestamp_text.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using google::protobuf::Timestamp;

struct TimestampRow {
  std::string text;
  std::int64_t seconds;
  std::int32_t nanos = 0;
};

Timestamp instant(std::int64_t seconds, std::int32_t nanos) {
  Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(nanos);
  return timestamp;
}

TEST(TimestampText, ReadsAndWrites) {
  const std::vector<TimestampRow> rows = {
      {"1970-01-01T00:00:00Z", 0},
      {"2025-03-25T09:53:35.832Z", 1742896415, 832000000},
      {"1969-12-31T23:59:59.999999999Z", -1, 999999999},
      {"1970-01-01T00:00:00.000001Z", 0, 1000},
      {"1970-01-01T00:00:00.000000001Z", 0, 1},
      {"1970-01-01T00:00:00.100Z", 0, 100000000},
      {"2024-02-29T23:59:59Z", 1709251199},
      {"2000-02-29T00:00:00Z", 951782400},
      {"0001-01-01T00:00:00Z", -62135596800},
      {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999},
  };
  for (const TimestampRow& row : rows) {
    Timestamp read;
    EXPECT_TRUE(parse_timestamp(row.text, read)) << row.text;
    EXPECT_EQ(read.seconds(), row.seconds) << row.text;
    EXPECT_EQ(read.nanos(), row.nanos) << row.text;
    std::string written = "at ";
    append_timestamp(instant(row.seconds, row.nanos), written);
    EXPECT_EQ(written, "at " + row.text);
  }
}

TEST(TimestampText, ReadsWhatItWouldNotWrite) {
  const std::vector<TimestampRow> rows = {
      {"2025-03-25T10:53:35+01:00", 1742896415},
      {"2025-03-25T04:23:35.5-05:30", 1742896415, 500000000},
      {"2025-03-25T09:53:35-00:00", 1742896415},
      {"1970-01-01T00:00:00.1234Z", 0, 123400000},
      {"1970-01-01T00:00:00.000Z", 0},
      {"1970-01-01T23:59:00+23:59", 0},
      {"0000-12-31T23:30:00-00:30", -62135596800},
  };
  for (const TimestampRow& row : rows) {
    Timestamp read;
    EXPECT_TRUE(parse_timestamp(row.text, read)) << row.text;
    EXPECT_EQ(read.seconds(), row.seconds) << row.text;
    EXPECT_EQ(read.nanos(), row.nanos) << row.text;
  }
}

TEST(TimestampText, RefusesEverythingElse) {
  const std::vector<std::string> rows = {
      "",
      "2025-03-25",
      "2025-03-25T09:53:35",  // no offset
      "2025-03-25T09:53Z",
      "2025-03-25 09:53:35Z",
      "2025-03-25t09:53:35Z",
      "2025-03-25T09:53:35z",
      "2025-03-25T09:53:35.Z",
      "2025-03-25T09:53:35,5Z",
      "2025-03-25T09:53:35.1234567891Z",
      "2025-03-25T09:53:35Z ",
      " 2025-03-25T09:53:35Z",
      "2025-03-25T09:53:35ZZ",
      "2025-03-25T09:53:35+0100",
      "2025-03-25T09:53:35+01",
      "2025-03-25T09:53:35+24:00",
      "2025-03-25T09:53:35+01:60",
      "2025-03-25T09:53:35Z+01:00",
      "2025-00-25T09:53:35Z",
      "2025-13-25T09:53:35Z",
      "2025-03-00T09:53:35Z",
      "2025-04-31T09:53:35Z",
      "2025-02-29T09:53:35Z",
      "1900-02-29T09:53:35Z",
      "2025-03-25T24:00:00Z",
      "2025-03-25T09:60:35Z",
      "2025-03-25T09:53:60Z",  // a leap second
      "25-03-25T09:53:35Z",
      "02025-03-25T09:53:35Z",
      "10000-01-01T00:00:00Z",
      "-001-01-01T00:00:00Z",
      "2025-3-25T09:53:35Z",
      "2025-03-25T9:53:35Z",
      "2025-03-25T+9:53:35Z",
      "0000-12-31T23:59:59Z",  // before the first year
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",  // after the last
      "1742896415",
  };
  for (const std::string& text : rows) {
    Timestamp read = instant(7, 8);
    EXPECT_FALSE(parse_timestamp(text, read)) << text;
    EXPECT_EQ(read.seconds(), 7) << text;
    EXPECT_EQ(read.nanos(), 8) << text;
  }
}

TEST(TimestampText, EveryTruncationIsRefused) {
  const std::string whole = "2025-03-25T09:53:35.832+01:00";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Timestamp read;
    EXPECT_FALSE(parse_timestamp(whole.substr(0, length), read)) << length;
  }
}

TEST(TimestampText, NoTextForWhatIsNoInstant) {
  std::string out;
  EXPECT_FALSE(is_timestamp(instant(253402300799, 1000000000)));
  EXPECT_TRUE(is_timestamp(instant(253402300799, 999999999)));
  EXPECT_THROW(append_timestamp(instant(-62135596801, 0), out), std::out_of_range);
  EXPECT_THROW(append_timestamp(instant(253402300800, 0), out), std::out_of_range);
  EXPECT_THROW(append_timestamp(instant(0, -1), out), std::out_of_range);
  EXPECT_THROW(append_timestamp(instant(0, 1000000000), out), std::out_of_range);
  EXPECT_THROW(append_timestamp(instant(std::numeric_limits<std::int64_t>::min(), 0), out),
               std::out_of_range);
}

}  // namespace
}  // namespace usermeta
