#include "http/failure.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(Failure, OfARefusalHasItsCodeIdAndMessage) {
  const Failure failure = failure_of(Refusal::user_unknown);
  EXPECT_EQ(failure.code, 9);
  EXPECT_EQ(failure.id, "COMMAND-uXHNj");
  EXPECT_EQ(failure.message, "the user does not exist in this organisation");
}

TEST(Failure, WithAnIdAsJson) {
  const std::string json =
      R"json({"code":9,"message":"no such user (COMMAND-uXHNj)","details":[)json"
      R"json({"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"COMMAND-uXHNj",)json"
      R"json("message":"no such user"}]})json";
  EXPECT_EQ(failure_as_json({9, "COMMAND-uXHNj", "no such user"}), json);
}

TEST(Failure, WithoutAnIdAsJson) {
  EXPECT_EQ(failure_as_json({3, "", "the body is not as expected"}),
            R"({"code":3,"message":"the body is not as expected"})");
}

TEST(Failure, IsEscapedInJson) {
  EXPECT_EQ(failure_as_json({5, "", "a \"b\"\\\n\u00e9"}),
            "{\"code\":5,\"message\":\"a \\\"b\\\"\\\\\\n\u00e9\"}");
  const std::string json =
      R"json({"code":5,"message":"\t (\")","details":[)json"
      R"json({"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"\"","message":"\t"}]})json";
  EXPECT_EQ(failure_as_json({5, "\"", "\t"}), json);
}

TEST(Failure, HasTheHttpStatusOfItsCode) {
  struct Row {
    int code;
    unsigned status;
  };
  for (const Row& row : {Row{kUnknownCode, 500},
                         {kInvalidArgument, 400},
                         {4, 504},
                         {kNotFound, 404},
                         {6, 409},
                         {7, 403},
                         {kResourceExhausted, 429},
                         {9, 400},
                         {kUnimplemented, 501},
                         {kInternal, 500},
                         {kUnavailable, 503},
                         {16, 401},
                         {15, 500},
                         {99, 500}})
    EXPECT_EQ(http_status_of(row.code), row.status) << row.code;
}

TEST(Failure, OfEveryRefusalIsTheClientsFaultUnlessItTookTooLong) {
  for (int i = 0; i <= static_cast<int>(Refusal::stopping); ++i) {
    const auto refusal = static_cast<Refusal>(i);
    const unsigned status = http_status_of(failure_of(refusal).code);
    if (refusal == Refusal::events_search_time || refusal == Refusal::position_not_reached) {
      EXPECT_EQ(status, 504U);
      continue;
    }
    EXPECT_TRUE(status >= 400 && status < 500) << i;
  }
}

}  // namespace
}  // namespace usermeta
