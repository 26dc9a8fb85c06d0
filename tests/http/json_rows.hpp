#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/json_codec.hpp"
#include "tests/http/every_field.hpp"

namespace usermeta::test {

struct JsonRow {
  std::string json;
  std::string text_format;  // of the message that comes out
};

inline void expect_messages(const std::vector<JsonRow>& rows) {
  const EveryField every;
  for (const JsonRow& row : rows) {
    const auto message = every.make("text: 'left over' i32s: 7");
    const auto malformed = decode_json(row.json, *message);
    EXPECT_FALSE(malformed) << row.json << ": " << malformed->what;
    EXPECT_EQ(message->DebugString(), every.make(row.text_format)->DebugString()) << row.json;
  }
}

inline void expect_malformed(const std::vector<std::string>& texts) {
  const EveryField every;
  for (const std::string& text : texts) EXPECT_TRUE(decode_json(text, *every.make())) << text;
}

}  // namespace usermeta::test
