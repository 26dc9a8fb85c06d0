// The header x-usermeta-position: a write names its place in the log, and a read can be told to have seen it.

#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"
#include "tests/http/wire.hpp"
#include "zitadel/management.pb.h"

namespace usermeta {
namespace {

using Answer = WholeService::Answer;

const std::string kField = "x-usermeta-position";

class ApiPositionTest : public testing::Test {
 protected:
  Answer set(const std::string& key, const std::string& value) {
    return service.ask("POST", metadata + key, R"({"value":")" + value + R"("})");
  }
  Answer get(const std::string& position) {
    return service.ask("GET", metadata + "k", {}, {{kField, position}});
  }

  WholeService service;
  const std::string user = service.add_machine("user");
  const std::string metadata = "/management/v1/users/" + user + "/metadata/";
};

TEST_F(ApiPositionTest, EveryWriteNamesThePositionOfItsLastEvent) {
  const long first = std::stol(set("k", "MQ==").field(kField));
  EXPECT_EQ(std::stol(set("k", "Mg==").field(kField)), first + 1);
  const Answer bulk = service.ask("POST", metadata + "_bulk",
                                  R"({"metadata":[{"key":"a","value":"MQ=="},{"key":"b","value":"MQ=="}]})");
  EXPECT_EQ(std::stol(bulk.field(kField)), first + 3);
  const Answer v2 =
      service.ask("POST", "/v2/users/" + user + "/metadata", R"({"metadata":[{"key":"c","value":"MQ=="}]})");
  EXPECT_EQ(std::stol(v2.field(kField)), first + 4);
  EXPECT_EQ(std::stol(service.ask("DELETE", metadata + "k").field(kField)), first + 5);
  EXPECT_EQ(std::stol(service.ask("POST", "/management/v1/users/" + user + "/_lock").field(kField)),
            first + 6);
}

TEST_F(ApiPositionTest, AWriteThatChangesNothingNamesTheOneThatItRestsOn) {
  const std::string first = set("k", "MQ==").field(kField);
  EXPECT_EQ(set("k", "MQ==").field(kField), first);
}

TEST_F(ApiPositionTest, WhatIsRefusedNamesNone) {
  EXPECT_EQ(service.ask("DELETE", metadata + "none").field(kField), "(none)");
  EXPECT_EQ(service.ask("GET", metadata + "none").field(kField), "(none)");
}

TEST_F(ApiPositionTest, ItIsAHeaderInEveryFormat) {
  management::SetUserMetadataRequest request;
  request.set_id(user);
  request.set_key("k");
  int value = 0;
  for (const std::string& type : wire_content_types()) {
    request.set_value(std::to_string(++value));
    HttpRequest asked = service.request("POST", "/zitadel.management.v1.ManagementService/SetUserMetadata",
                                        wire_body(type, request), {{"content-type", type}});
    const Answer answer = service.ask_all({std::move(asked)}).front();
    EXPECT_EQ(wire_answer(type, answer).outcome(), "0") << type;
    EXPECT_NE(answer.field(kField), "(none)") << type;
  }
}

TEST_F(ApiPositionTest, AReadThatIsToldSeesIt) {
  const std::string position = set("k", "MQ==").field(kField);
  EXPECT_EQ(get(position).text("/metadata/value"), "MQ==");
  EXPECT_EQ(get("0").outcome(), "200");
  EXPECT_EQ(service.ask("POST", metadata + "_search", "{}", {{kField, position}}).outcome(), "200");
  EXPECT_EQ(
      service.ask("POST", "/v2/users/" + user + "/metadata/search", "{}", {{kField, position}}).outcome(),
      "200");
}

TEST_F(ApiPositionTest, WhatIsNoPositionIsRefused) {
  for (const char* text : {"", "x", "-1", "1.0", " 1", "1000000000000000000", "2025-05-04T12:00:00Z"})
    EXPECT_EQ(get(text).outcome(), "400 3") << text;
}

// Who may not read learns nothing by it.
TEST_F(ApiPositionTest, TheCallerIsAskedForFirst) {
  service.token = "";
  EXPECT_EQ(get("999999999999999999").outcome(), "401 16");
}

// Whose reads give up at once.
class ImpatientPositionTest : public testing::Test {
 protected:
  Answer get(const std::string& position) {
    return service.ask("GET", metadata + "k", {}, {{kField, position}});
  }

  WholeService service{WholeService::Settings{.patience = std::chrono::milliseconds(1)}};
  const std::string user = service.add_machine("user");
  const std::string metadata = "/management/v1/users/" + user + "/metadata/";
};

TEST_F(ImpatientPositionTest, AReadOfWhatIsNotThereInTimeIsToldSo) {
  const std::string ahead = "999999999999999999";
  EXPECT_EQ(get(ahead).outcome(), "504 4");
  for (const std::string& target : std::vector<std::string>{
           "/usermeta/v1/users/" + user + "/history", "/usermeta/v1/users/" + user + "/metadata",
           "/usermeta/v1/users/" + user + "/metadata/k", std::string("/usermeta/v1/events"),
           std::string("/usermeta/v1/events/1")})
    EXPECT_EQ(service.ask("GET", target, {}, {{kField, ahead}}).outcome(), "504 4") << target;
  for (const std::string& target :
       std::vector<std::string>{metadata + "_search", "/v2/users/" + user + "/metadata/search",
                                std::string("/admin/v1/events/_search")})
    EXPECT_EQ(service.ask("POST", target, "{}", {{kField, ahead}}).outcome(), "504 4") << target;
}

TEST_F(ImpatientPositionTest, InGrpcItIsDeadlineExceeded) {
  management::GetUserMetadataRequest request;
  request.set_id(user);
  request.set_key("k");
  EXPECT_EQ(ask_wire(service, "application/grpc", "/zitadel.management.v1.ManagementService/GetUserMetadata",
                     request, {{kField, "999999999999999999"}})
                .outcome(),
            "4");
}

}  // namespace
}  // namespace usermeta
