#include "events/moment.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(Moment, DigitsAreAPosition) {
  EXPECT_EQ(parse_moment("0"), Moment(Position{0}));
  EXPECT_EQ(parse_moment("42"), Moment(Position{42}));
  EXPECT_EQ(parse_moment("999999999999999999"), Moment(Position{999'999'999'999'999'999}));
}

TEST(Moment, EverythingElseIsATime) {
  EXPECT_EQ(parse_moment("1970-01-01T00:00:01Z"), Moment(Time{std::chrono::seconds{1}}));
  EXPECT_EQ(parse_moment("1970-01-01T01:00:01.5+01:00"), Moment(Time{std::chrono::milliseconds{1500}}));
}

TEST(Moment, WhatIsNeitherIsNothing) {
  for (const char* text : {"", " ", "-1", "+1", "1.5", "1 ", "0x10", "1000000000000000000", "yesterday",
                           "2025-05-04", "2025-05-04T12:00:00"})
    EXPECT_FALSE(parse_moment(text)) << text;
}

}  // namespace
}  // namespace usermeta
