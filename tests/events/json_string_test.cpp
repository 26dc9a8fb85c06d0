#include "events/json_string.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonString, LeavesPlainTextAlone) {
  EXPECT_EQ(in_quotes(""), "\"\"");
  EXPECT_EQ(in_quotes("key 1"), "\"key 1\"");
  EXPECT_EQ(in_quotes("ключ 🔑 /\x7f"), "\"ключ 🔑 /\x7f\"");
}

TEST(JsonString, EscapesWhatMustBe) {
  EXPECT_EQ(in_quotes("\"\\"), R"("\"\\")");
  EXPECT_EQ(in_quotes("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(in_quotes("a\"b\"c"), R"("a\"b\"c")");
  EXPECT_EQ(in_quotes(std::string_view("\0\x01\x1f\b\f", 5)), R"("\u0000\u0001\u001f\u0008\u000c")");
}

TEST(JsonString, AppendsToWhatIsThere) {
  std::string out = "[";
  append_json_string(out, "x");
  EXPECT_EQ(out, "[\"x\"");
}

TEST(JsonString, IsReadBackByAParser) {
  std::string text;
  for (int c = 0; c < 128; ++c) text += static_cast<char>(c);
  text += "é🔑";
  EXPECT_EQ(boost::json::parse(in_quotes(text)).as_string(), text);
}

}  // namespace
}  // namespace usermeta
