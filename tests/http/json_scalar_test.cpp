#include "http/json_scalar.hpp"

#include <gtest/gtest.h>

#include "tests/http/json_rows.hpp"

namespace usermeta {
namespace {

using test::expect_malformed;
using test::expect_messages;

TEST(JsonScalar, ReadsIntegers) {
  expect_messages({
      {R"({"i32":2147483647})", "i32: 2147483647"},
      {R"({"i32":-2147483648})", "i32: -2147483648"},
      {R"({"i32":"-2147483648"})", "i32: -2147483648"},
      {R"({"u32":4294967295})", "u32: 4294967295"},
      {R"({"u32":"4294967295"})", "u32: 4294967295"},
      {R"({"i64":9223372036854775807})", "i64: 9223372036854775807"},
      {R"({"i64":-9223372036854775808})", "i64: -9223372036854775808"},
      {R"({"i64":"-9223372036854775808"})", "i64: -9223372036854775808"},
      {R"({"i64":-9223372036854775808.0})", "i64: -9223372036854775808"},
      {R"({"u64":18446744073709551615})", "u64: 18446744073709551615"},
      {R"({"u64":"18446744073709551615"})", "u64: 18446744073709551615"},
      {R"({"u64":18446744073709551615.000})", "u64: 18446744073709551615"},
      {R"({"u64":1844674407370955161.5e1})", "u64: 18446744073709551615"},
      {R"({"u64":"9007199254740993.0"})", "u64: 9007199254740993"},
      {R"({"i32":1.0})", "i32: 1"},
      {R"({"i32":1e2})", "i32: 100"},
      {R"({"i32":1E+2})", "i32: 100"},
      {R"({"i32":100e-2})", "i32: 1"},
      {R"({"i32":0.5e1})", "i32: 5"},
      {R"({"i32":"-1.50e1"})", "i32: -15"},
      {R"({"u32":-0})", ""},
      {R"({"u32":-0.0})", ""},
      {R"({"u32":0e2000000})", ""},
      {R"({"u32":"0"})", ""},
      {R"({"perhaps":0})", "perhaps: 0"},
      {R"({"i32s":[1,"2",-3.0],"u32s":[1],"i64s":["-1"],"u64s":["1",2]})",
       "i32s: [1, 2, -3] u32s: 1 i64s: -1 u64s: [1, 2]"},
  });
}

TEST(JsonScalar, RefusesOtherIntegers) {
  expect_malformed({
      R"({"i32":2147483648})",
      R"({"i32":-2147483649})",
      R"({"i32":"2147483648"})",
      R"({"u32":4294967296})",
      R"({"u32":-1})",
      R"({"u32":"-1"})",
      R"({"i64":9223372036854775808})",
      R"({"i64":-9223372036854775809})",
      R"({"u64":18446744073709551616})",
      R"({"u64":"18446744073709551616"})",
      R"({"u64":184467440737095516150})",
      R"({"u64":-1})",
      R"({"u64":1e20})",
      R"({"u64":1e2000000000})",
      R"({"u64":"1e99999999999999999999"})",
      R"({"i32":1.5})",
      R"({"i32":1e-1})",
      R"({"i32":"1.5"})",
      R"({"i32":""})",
      R"({"i32":"-"})",
      R"({"i32":" 1"})",
      R"({"i32":"1 "})",
      R"({"i32":"+1"})",
      R"({"i32":"01"})",
      R"({"i32":"1."})",
      R"({"i32":".5"})",
      R"({"i32":"1e"})",
      R"({"i32":"1e+"})",
      R"({"i32":"0x1"})",
      R"({"i32":"NaN"})",
      R"({"i32":NaN})",
      R"({"i32":01})",
      R"({"i32":+1})",
      R"({"i32":1.})",
      R"({"i32":.5})",
      R"({"i32":true})",
      R"({"i32":{}})",
      R"({"i32":[1]})",
      R"({"i32s":1})",
      R"({"i32s":{}})",
      R"({"i32s":[[1]]})",
  });
}

TEST(JsonScalar, BoolsAndStrings) {
  expect_messages({
      {R"({"flag":true})", "flag: true"},
      {R"({"flag":false})", ""},
      {R"({"flags":[true,false]})", "flags: [true, false]"},
      {R"({"text":""})", ""},
      {R"({"text":"a b"})", "text: 'a b'"},
      {R"({"text":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000"})",
       R"(text: "\"\\/\b\f\n\r\tA\303\251\360\237\230\200\000")"},
      {"{\"text\":\"\u00e9\U0001F600\"}", R"(text: "\303\251\360\237\230\200")"},
      {R"({"texts":["a\n","","b"]})", R"(texts: ["a\n", "", "b"])"},
  });
  expect_malformed({
      R"({"flag":"true"})", R"({"flag":1})",        R"({"flag":0.0})",   R"({"flag":{}})",
      R"({"flag":[]})",     R"({"flag":True})",     R"({"flags":true})", R"({"text":1})",
      R"({"text":1.5})",    R"({"text":true})",     R"({"text":{}})",    R"({"text":["a"]})",
      R"({"texts":"a"})",   R"({"texts":[["a"]]})", R"({"texts":[1]})",  R"({"texts":{}})",
      R"({"text":'a'})",    R"({'text':"a"})",      R"({text:"a"})",
  });
}

TEST(JsonScalar, Bytes) {
  expect_messages({
      {R"({"raw":"dmFsdWU="})", "raw: 'value'"},
      {R"({"raw":"dmFsdWU"})", "raw: 'value'"},
      {R"({"raw":"__-_"})", R"(raw: "\377\377\277")"},
      {R"({"raw":"\/w=="})", R"(raw: "\377")"},
      {R"({"raw":"YR=="})", "raw: 'a'"},
      {R"({"raw":""})", ""},
      {R"({"raws":["YQ==","","Yg"]})", "raws: ['a', '', 'b']"},
  });
  expect_malformed({
      R"({"raw":"!!!"})",
      R"({"raw":"value"})",
      R"({"raw":"dmFs\ndWU="})",
      R"({"raw":"dmFs dWU="})",
      R"({"raw":"YQ==YQ=="})",
      R"({"raw":"+_=="})",
      R"({"raw":5})",
      R"({"raw":{}})",
      R"({"raw":["YQ=="]})",
      R"({"raw":true})",
      R"({"raws":"YQ=="})",
      R"({"raws":["YQ==",1]})",
  });
}

TEST(JsonScalar, Enums) {
  expect_messages({
      {R"({"colour":"COLOUR_RED"})", "colour: COLOUR_RED"},
      {R"({"colour":"COLOUR_NONE"})", ""},
      {R"({"colour":1})", "colour: COLOUR_RED"},
      {R"({"colour":1.0})", "colour: COLOUR_RED"},
      {R"({"colour":-5})", "colour: COLOUR_ODD"},
      {R"({"colour":77})", "colour: 77"},
      {R"({"colour":-2147483648})", "colour: -2147483648"},
      {R"({"colours":["COLOUR_RED",0,9]})", "colours: [COLOUR_RED, COLOUR_NONE, 9]"},
  });
  expect_malformed({
      R"({"colour":"COLOUR_BLUE"})",
      R"({"colour":"colour_red"})",
      R"({"colour":""})",
      R"({"colour":"1"})",
      R"({"colour":2147483648})",
      R"({"colour":1.5})",
      R"({"colour":true})",
      R"({"colour":{}})",
      R"({"colours":["COLOUR_BLUE"]})",
      R"({"colours":"COLOUR_RED"})",
  });
}

TEST(JsonScalar, Timestamps) {
  expect_messages({
      {R"({"atTime":"2025-03-25T10:53:35.832+01:00"})", "at_time { seconds: 1742896415 nanos: 832000000 }"},
      {R"({"at_time":"1970-01-01T00:00:00Z"})", "at_time {}"},
      {R"({"times":["1970-01-01T00:00:01Z","1970-01-01T00:00:02Z"]})", "times: [{seconds: 1}, {seconds: 2}]"},
  });
  expect_malformed({
      R"({"atTime":"2025-03-25"})",
      R"({"atTime":""})",
      R"({"atTime":"10000-01-01T00:00:00Z"})",
      R"({"atTime":1742896415})",
      R"({"atTime":{"seconds":"1"}})",
      R"({"atTime":{}})",
      R"({"atTime":true})",
      R"({"times":"1970-01-01T00:00:01Z"})",
      R"({"times":[{}]})",
  });
}

}  // namespace
}  // namespace usermeta
