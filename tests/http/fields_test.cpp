#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "http/message.hpp"

namespace usermeta {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Fields, KeepTheirOrderAndTheirRepetitions) {
  Fields fields;
  EXPECT_TRUE(fields.empty());
  fields.add("a", "1");
  fields.add("b", "");
  fields.add("a", "2");
  EXPECT_FALSE(fields.empty());
  EXPECT_EQ(Pairs(fields.begin(), fields.end()), (Pairs{{"a", "1"}, {"b", ""}, {"a", "2"}}));
  EXPECT_EQ(fields.find("a"), "1");
  EXPECT_EQ(fields.find("b"), "");
  EXPECT_EQ(fields.find("c"), std::nullopt);
}

TEST(Fields, LowerTheNameAndNotTheValue) {
  Fields fields;
  fields.add("first", "X");
  fields.add_any_case("X-Zitadel-OrgId[", "AbC");
  EXPECT_EQ(Pairs(fields.begin(), fields.end()), (Pairs{{"first", "X"}, {"x-zitadel-orgid[", "AbC"}}));
}

TEST(Fields, HoldAnyBytesOfAnyLength) {
  Fields fields;
  Pairs expected;
  for (int i = 0; i < 300; ++i) {
    expected.emplace_back("name" + std::to_string(i), std::string(static_cast<std::size_t>(i * 7), '\0'));
    fields.add(expected.back().first, expected.back().second);
  }
  const Fields copy = fields;
  const Fields moved = std::move(fields);
  EXPECT_EQ(Pairs(copy.begin(), copy.end()), expected);
  EXPECT_EQ(Pairs(moved.begin(), moved.end()), expected);
  EXPECT_EQ(moved.find("name299"), expected.back().second);
}

// Each text is a piece of memory of its own length: a sanitizer sees a byte that is read behind it.
TEST(EqualsIgnoringCase, TellsTextsThatDifferInMoreThanTheCaseOfLetters) {
  const auto equal = [](std::string_view a, std::string_view b) {
    const std::vector<char> left(a.begin(), a.end());
    const std::vector<char> right(b.begin(), b.end());
    return equals_ignoring_case({left.data(), left.size()}, {right.data(), right.size()});
  };
  EXPECT_TRUE(equal("", ""));
  EXPECT_TRUE(equal("gzip", "gziP"));
  EXPECT_TRUE(equal("HTTP://", "http://"));
  EXPECT_TRUE(equal("\xC3\xA9 Az", "\xC3\xA9 aZ"));
  EXPECT_FALSE(equal("gzip", "gzi"));
  EXPECT_FALSE(equal("gzi", "gzip"));
  EXPECT_FALSE(equal("gzip", "gzig"));
  EXPECT_FALSE(equal("@[", "`{"));
  EXPECT_FALSE(equal("\xC3\x89", "\xC3\xA9"));
}

}  // namespace
}  // namespace usermeta
