#include "http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

TEST(Target, IsSplitIntoPathAndQuery) {
  struct Row {
    std::string_view target, path, query;
  };
  for (const Row& row : {Row{"/", "/", ""},
                         {"/a/b", "/a/b", ""},
                         {"/a?b=c", "/a", "b=c"},
                         {"/a?", "/a", ""},
                         {"/a?b?c", "/a", "b?c"},
                         {"/a%3Fb?c%3Fd", "/a%3Fb", "c%3Fd"},
                         {"/a?b#c?d", "/a", "b"},
                         {"/a#b?c", "/a", ""},
                         {"//a/b", "//a/b", ""},
                         {"/a?b=http://c/d", "/a", "b=http://c/d"},
                         {"/http://c/d", "/http://c/d", ""},
                         {"http://host/a/b?c", "/a/b", "c"},
                         {"https://host:8080/a", "/a", ""},
                         {"http://host", "/", ""},
                         {"http://host/", "/", ""},
                         {"http://host?a=/b", "/", "a=/b"},
                         {"http://host#/b", "/", ""},
                         {"http://", "/", ""},
                         {"", "/", ""},
                         {"*", "*", ""},
                         {"host:443", "host:443", ""}}) {
    const Target target = split_target(row.target);
    EXPECT_EQ(target.path, row.path) << row.target;
    EXPECT_EQ(target.query, row.query) << row.target;
  }
}

TEST(PercentDecoding, GivesTheText) {
  EXPECT_THAT(percent_decode(""), Optional(std::string()));
  EXPECT_THAT(percent_decode("a+b"), Optional(std::string("a+b")));
  EXPECT_THAT(percent_decode("a%2Fb%2fc"), Optional(std::string("a/b/c")));
  EXPECT_THAT(percent_decode("%25"), Optional(std::string("%")));
  EXPECT_THAT(percent_decode("%2525"), Optional(std::string("%25")));
  EXPECT_THAT(percent_decode("%00"), Optional(std::string(1, '\0')));
  EXPECT_THAT(percent_decode("%C3%A9\u00e9"), Optional(std::string("\u00e9\u00e9")));
  EXPECT_THAT(percent_decode("%F0%9F%94%91"), Optional(std::string("\U0001F511")));
}

TEST(PercentDecoding, RefusesBadEscapesAndWhatIsNotUtf8) {
  for (const std::string_view bad : {"%", "a%", "%2", "a%2", "%zz", "%2g", "%g2", "%%20", "%-1", "% 1", "%+1",
                                     "%ff", "%C3", "%C3%", "%80"})
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
  EXPECT_EQ(percent_decode("\xff"), std::nullopt);
}

TEST(Query, IsReadAsFormsWriteIt) {
  EXPECT_THAT(parse_query(""), Optional(IsEmpty()));
  EXPECT_THAT(parse_query("&&"), Optional(IsEmpty()));
  EXPECT_THAT(parse_query("keys=a&keys=b"), Optional(ElementsAre(Pair("keys", "a"), Pair("keys", "b"))));
  EXPECT_THAT(parse_query("&a=1&&b=2&"), Optional(ElementsAre(Pair("a", "1"), Pair("b", "2"))));
  EXPECT_THAT(parse_query("a+b=c+d%2B%26%3D"), Optional(ElementsAre(Pair("a b", "c d+&="))));
  EXPECT_THAT(parse_query("a=b=c"), Optional(ElementsAre(Pair("a", "b=c"))));
  EXPECT_THAT(parse_query("a"), Optional(ElementsAre(Pair("a", ""))));
  EXPECT_THAT(parse_query("a="), Optional(ElementsAre(Pair("a", ""))));
  EXPECT_THAT(parse_query("=a"), Optional(ElementsAre(Pair("", "a"))));
  EXPECT_THAT(parse_query("%C3%A9=%F0%9F%94%91"), Optional(ElementsAre(Pair("\u00e9", "\U0001F511"))));
}

TEST(Query, IsRefusedAsAWhole) {
  for (const std::string_view bad : {"a=%", "%=a", "a=1&b=%zz", "a=%ff&b=1", "%80"})
    EXPECT_EQ(parse_query(bad), std::nullopt) << bad;
}

TEST(Utf8, TakesEveryLengthAtItsEdges) {
  for (const std::string_view good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                      "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(good)) << testing::PrintToString(good);
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, RefusesWhatIsNone) {
  for (const std::string_view bad : {"\x80",
                                     "\xbf",
                                     "\xc0\x80",
                                     "\xc1\xbf",
                                     "\xc2",
                                     "\xc2\x41",
                                     "\xc2\xc2",
                                     "\xe0\x80\x80",
                                     "\xe0\x9f\xbf",
                                     "\xe1\x80",
                                     "\xe1\x80\x41",
                                     "\xed\xa0\x80",
                                     "\xed\xbf\xbf",
                                     "\xf0\x80\x80\x80",
                                     "\xf0\x8f\xbf\xbf",
                                     "\xf0\x90\x80",
                                     "\xf4\x90\x80\x80",
                                     "\xf5\x80\x80\x80",
                                     "\xff",
                                     "\xfe",
                                     "a\xe2\x82",
                                     "\xc2\x80\x80"})
    EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(bad);
}

}  // namespace
}  // namespace usermeta
