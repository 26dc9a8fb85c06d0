#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/json_codec.hpp"
#include "tests/http/every_field.hpp"
#include "tests/http/json_rows.hpp"
#include "zitadel/management.pb.h"

namespace usermeta {
namespace {

using test::expect_malformed;
using test::expect_messages;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(JsonDecode, NothingIsTheEmptyMessage) {
  expect_messages({{"", ""}, {" ", ""}, {"\r\n\t ", ""}, {"{}", ""}, {" \n\t{ } \r\n", ""}});
}

TEST(JsonDecode, Names) {
  expect_messages({
      {R"({"longName":"x"})", "long_name: 'x'"},
      {R"({"long_name":"x"})", "long_name: 'x'"},
      {R"({"long\u004eame":"x"})", "long_name: 'x'"},
      {R"({"LongName":"x","Text":"y","longname":"z"})", ""},
      {R"({"":"x"})", ""},
  });
}

TEST(JsonDecode, UnknownMembersArePassedOver) {
  expect_messages({
      {R"({"more":1,"text":"x"})", "text: 'x'"},
      {R"({"more":null,"text":"x"})", "text: 'x'"},
      {R"({"more":true,"text":"x"})", "text: 'x'"},
      {R"({"more":"\n\u00e9","text":"x"})", "text: 'x'"},
      {R"({"more":-1.5e300,"text":"x"})", "text: 'x'"},
      {R"({"more":1e999,"text":"x"})", "text: 'x'"},
      {R"({"more":99999999999999999999999999999,"text":"x"})", "text: 'x'"},
      {R"({"more":[],"text":"x"})", "text: 'x'"},
      {R"({"more":{},"text":"x"})", "text: 'x'"},
      {R"({"more":{"text":"no","text":"no","i32":[[{"u64":{}}]]},"text":"x"})", "text: 'x'"},
      {R"({"more":[1,[null,{"a":1}],"b"],"text":"x"})", "text: 'x'"},
      {R"({"more":1,"more":2,"text":"x"})", "text: 'x'"},
      {R"({"child":{"more":{}, "text":"x"}, "more":[{}]})", "child { text: 'x' }"},
      {R"({"more":{"a\tb":true},"text":"x"})", "text: 'x'"},
      {R"({"mo\tre":"a\tb", "text":"x"})", "text: 'x'"},
  });
}

TEST(JsonDecode, NullLeavesUnset) {
  expect_messages({
      {R"({"i32":null,"u64":null,"flag":null,"text":null,"raw":null,"colour":null})", ""},
      {R"({"atTime":null,"child":null,"texts":null,"children":null})", ""},
      {R"({"this":null,"that":{}})", "that {}"},
      {R"({"that":null,"this":"x"})", "this: 'x'"},
      {R"({"perhaps":null})", ""},
  });
  expect_malformed(
      {R"({"texts":[null]})", R"({"children":[{},null]})", R"({"i32s":[null]})", R"({"times":[null]})"});
}

TEST(JsonDecode, Nested) {
  expect_messages({
      {R"({"child":{}})", "child {}"},
      {R"({"child":{"child":{"text":"x"},"u32":1},"text":"y"})",
       "child { child { text: 'x' } u32: 1 } text: 'y'"},
      {R"({"children":[{"text":"a"},{},{"texts":["b"]}],"i32":1})",
       "children: [{text: 'a'}, {}, {texts: 'b'}] i32: 1"},
      {R"({"children":[]})", ""},
      {R"({"that":{"this":"x"}})", "that { this: 'x' }"},
      // Each object counts its own members.
      {R"({"text":"a","child":{"text":"b"},"children":[{"text":"c"},{"text":"d"}]})",
       "text: 'a' child { text: 'b' } children: [{text: 'c'}, {text: 'd'}]"},
  });
  expect_malformed({
      R"({"child":"x"})",
      R"({"child":1})",
      R"({"child":[]})",
      R"({"child":[{}]})",
      R"({"child":false})",
      R"({"children":{}})",
      R"({"children":"x"})",
      R"({"children":[1]})",
      R"({"children":[[{}]]})",
  });
}

TEST(JsonDecode, AMemberTwice) {
  expect_malformed({
      R"({"text":"a","text":"b"})",
      R"({"text":"a","text":"a"})",
      R"({"text":null,"text":"a"})",
      R"({"text":"a","text":null})",
      R"({"longName":"a","long_name":"a"})",
      R"({"long_name":"a","i32":1,"longName":"a"})",
      R"({"text":"a","te\u0078t":"b"})",
      R"({"texts":[],"texts":[]})",
      R"({"child":{},"child":{}})",
      R"({"child":{"i32":1,"i32":2}})",
      R"({"children":[{"i32":1,"i32":1}]})",
      R"({"this":"a","this":"b"})",
      R"({"this":"a","that":{}})",
      R"({"that":{},"this":"a"})",
  });
}

TEST(JsonDecode, OneObjectOfStandardJsonAndNothingElse) {
  expect_malformed({
      "[]",
      "[{}]",
      "null",
      "true",
      "1",
      "1.5",
      "-",
      "\"x\"",
      "\"\\n\"",
      "x",
      "{",
      "}",
      "{]",
      "[",
      ",",
      R"({"text":"a"}x)",
      R"({"text":"a"}{"text":"b"})",
      "{}{}",
      "{},",
      "{}]",
      "{} {}",
      "{}\x01",
      "{}null",
      R"({"text":"a",})",
      R"({,})",
      R"({"texts":["a",]})",
      R"({"texts":[,]})",
      R"({"more":[1,]})",
      R"({"text":"a"/**/})",
      "{}//",
      "// c\n{}",
      R"({"text" "a"})",
      R"({"text":})",
      R"({"text"})",
      R"({"text":"a" "i32":1})",
      R"({"text":"a)",
      R"({"text":"a")",
      R"({"text":"a\)",
      R"({"text":"\x"})",
      R"({"text":"\u12"})",
      "{\"text\":\"a\nb\"}",
      "{\"text\":\"a\tb\"}",
      "{\"more\":\"a\x1f\"}",
      "{\"more\":tru}",
      R"({"more":'a'})",
      R"({"more":01})",
      R"({"more":Infinity})",
      "\xef\xbb\xbf{}",
      "\xef\xbb\xbf",
      "\xff\xfe{\0}\0",
      "\xc2\xa0",
      "{}\xc2\xa0",
      "\v{}",
      "\f",
  });
  expect_malformed({std::string("{\"text\":\"a\0b\"}", 14), std::string("{}\0", 3), std::string("\0", 1)});
}

TEST(JsonDecode, OnlyUnicode) {
  // Overlong, cut short, a surrogate, beyond U+10FFFF, a stray continuation, bytes that are never UTF-8.
  const std::vector<std::string> bad = {"\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x9f\xbf",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xc3",
                                        "\xe2\x82",
                                        "\xf0\x9f\x98",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\x80",
                                        "\xbf",
                                        "\xfe",
                                        "\xff",
                                        "\xc3(",
                                        "\\ud800",
                                        "\\udbff",
                                        "\\udc00",
                                        "\\udfff",
                                        "\\ud800x",
                                        "\\ud800\\u0041",
                                        "\\ud800\\ud800",
                                        "\\udc00\\ud800",
                                        "\\ud800\\n"};
  for (const std::string& bytes : bad) {
    expect_malformed({"{\"text\":\"" + bytes + "\"}", "{\"text\":\"a" + bytes + "b\"}",
                      "{\"more\":\"" + bytes + "\"}", "{\"" + bytes + "\":1}",
                      "{\"more\":{\"" + bytes + "\":[\"" + bytes + "\"]}}",
                      "{\"text\":\"a\\n" + bytes + "\"}"});
  }
  expect_messages({{"{\"text\":\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\"}",
                    R"(text: "\357\277\277\364\217\277\277\355\237\277\356\200\200")"}});
}

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(JsonDecode, DepthIsLimited) {
  const test::EveryField every;
  const auto decode = [&every](const std::string& json) { return decode_json(json, *every.make()); };
  const auto children = [](int n) { return repeat("{\"child\":", n - 1) + "{}" + repeat("}", n - 1); };
  const auto brackets = [](int n) { return "{\"more\":" + repeat("[", n - 1) + repeat("]", n - 1) + "}"; };
  const auto braces = [](int n) { return repeat("{\"more\":", n - 1) + "{}" + repeat("}", n - 1); };
  EXPECT_FALSE(decode(children(100)));
  EXPECT_FALSE(decode(brackets(100)));
  EXPECT_FALSE(decode(braces(100)));
  EXPECT_TRUE(decode(children(101)));
  EXPECT_TRUE(decode(brackets(101)));
  EXPECT_TRUE(decode(braces(101)));
  EXPECT_TRUE(decode(children(20000)));
  EXPECT_TRUE(decode(brackets(20000)));
  EXPECT_TRUE(decode(braces(20000)));
  EXPECT_TRUE(decode(repeat("[", 20000)));
  EXPECT_TRUE(decode(repeat("{\"children\":[", 20000)));
}

TEST(JsonDecode, SaysWhereAndNeverWhat) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"({"raw":"secret!"})", "raw must be a string of base64"},
      {R"({"raw":314159})", "raw must be a string of base64"},
      {R"({"children":[{},{"child":{"longName":314159}}]})", "children[1].child.longName must be a string"},
      {R"({"children":[{},{"i32s":[1,2,"secret"]}]})",
       "children[1].i32s[2] must be a whole number of 32 bits"},
      {R"({"children":[{},"secret"]})", "children[1] must be an object"},
      {R"({"texts":"secret"})", "texts must be an array"},
      {R"({"texts":["secret",null]})", "texts[1] must not be null"},
      {R"({"long_name":"secret","longName":"secret"})", "longName is given twice"},
      {R"({"this":"secret","that":{}})", "that excludes another member that is given"},
      {R"({"atTime":"secret"})", "atTime must be a time as in RFC 3339"},
      {R"({"colour":"secret"})", "colour must be one of the names"},
      {R"("secret")", "must be one JSON object"},
      {R"([314159])", "must be one JSON object"},
      {R"({} "secret")", "goes on after the JSON object"},
      {R"({"secret":secret})", "is not JSON: "},
      {R"({"child":)" + repeat("[", 100), "child must be an object"},
      {R"({"secret":)" + repeat("[", 100), "is nested too deep"},
  };
  const test::EveryField every;
  for (const auto& [json, what] : rows) {
    const auto malformed = decode_json(json, *every.make());
    ASSERT_TRUE(malformed) << json;
    EXPECT_THAT(malformed->what, StartsWith(what)) << json;
    EXPECT_THAT(malformed->what, HasSubstr(" (byte ")) << json;
    EXPECT_THAT(malformed->what, Not(HasSubstr("secret"))) << json;
    EXPECT_THAT(malformed->what, Not(HasSubstr("314159"))) << json;
  }
  EXPECT_EQ(decode_json(R"({"text":"a",})", *every.make())->what, "is not JSON: syntax error (byte 12)");
}

TEST(JsonDecode, ThrowsForWhatItDoesNotKnow) {
  const test::EveryField every;
  EXPECT_THROW(decode_json(R"({"real":1})", *every.make()), std::logic_error);
}

TEST(JsonDecode, LargeValuesComeWhole) {
  zitadel::management::v1::SetUserMetadataRequest message;
  EXPECT_FALSE(decode_json("{\"value\":\"" + repeat("QUFB", 700000) + "\"}", message));
  EXPECT_EQ(message.value(), std::string(2100000, 'A'));
  EXPECT_FALSE(decode_json("{\"key\":\"" + repeat("a\\n", 300000) + "\"}", message));
  EXPECT_EQ(message.key(), repeat("a\n", 300000));
  EXPECT_EQ(message.value(), "");
}

}  // namespace
}  // namespace usermeta
