#include "http/json_struct.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using google::protobuf::Struct;

std::string again(std::string_view json) {
  Struct object;
  if (!parse_struct(json, object)) return "(none)";
  std::string out;
  append_struct(object, out);
  return out;
}

TEST(JsonStruct, IsWhatItWasBeforeButForTheOrderOfNames) {
  for (const char* json : {"{}", R"({"a":"1"})", R"({"a":1,"b":-2.5,"c":true,"d":false,"e":null})",
                           R"({"a":[],"b":{}})", R"({"a":[1,"x",[null],{"b":[{}]}]})",
                           R"({"":"\u0001 \" \\ é 😀"})", R"({"a":9007199254740992,"b":1e+300,"c":-0.001})"})
    EXPECT_EQ(again(json), json);
  EXPECT_EQ(again(R"( { "b" : 1 , "B" : 2, "a" : 3 } )"), R"({"B":2,"a":3,"b":1})");
  EXPECT_EQ(again(R"({"a":1.0,"b":1e2})"), R"({"a":1,"b":100})");
}

TEST(JsonStruct, IsReadFromAnObjectAndNothingElse) {
  for (const char* none : {"", " ", "1", "[]", "null", "\"a\"", "{", "{}x", "{} {}", R"({"a":})", "{a:1}"})
    EXPECT_EQ(again(none), "(none)") << none;
}

TEST(JsonStruct, ForgetsWhatWasThereBefore) {
  Struct object;
  ASSERT_TRUE(parse_struct(R"({"a":1})", object));
  ASSERT_TRUE(parse_struct(R"({"b":1})", object));
  EXPECT_EQ(object.fields_size(), 1);
}

TEST(JsonStruct, HasNoTextForWhatIsNoNumber) {
  Struct object;
  (*object.mutable_fields())["a"].set_number_value(std::numeric_limits<double>::infinity());
  std::string out;
  EXPECT_THROW(append_struct(object, out), std::logic_error);
}

}  // namespace
}  // namespace usermeta
