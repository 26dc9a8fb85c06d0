#include "cli/status.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(Status, SaysWhereTheLogEndsAndHowFarEachFollowerIs) {
  const Status status{.head = 9,
                      .projections = {{.name = "p", .here = false, .checkpoint = 7, .error = ""},
                                      {.name = "q", .here = true, .checkpoint = 10, .error = "a \"b\""}},
                      .publishers = {{.name = "t", .here = false, .checkpoint = {}, .error = ""}}};
  EXPECT_EQ(as_json(status),
            R"({"logPosition":9,"projections":[)"
            R"({"name":"p","runsHere":false,"position":7,"lag":2,"lastError":""},)"
            R"({"name":"q","runsHere":true,"position":10,"lag":0,"lastError":"a \"b\""}],)"
            R"("publishers":[{"name":"t","runsHere":false,"position":null,"lag":null,"lastError":""}]})");
}

TEST(Status, WithoutPublishersTheListIsEmpty) {
  EXPECT_EQ(as_json(Status{}), R"({"logPosition":0,"projections":[],"publishers":[]})");
}

}  // namespace
}  // namespace usermeta
