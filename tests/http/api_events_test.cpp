// The log's own calls, but for those that follow it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"
#include "tests/http/wire.hpp"
#include "usermeta/v1/events.pb.h"
#include "zitadel/admin.pb.h"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Answer = WholeService::Answer;

class ApiEventsTest : public testing::Test {
 protected:
  // The types of all events that match, read page by page.
  std::vector<std::string> types(const std::string& query, const std::string& limit = "3") {
    std::vector<std::string> found;
    std::string after = "0";
    for (int page = 0; page < 1000; ++page) {
      const Answer answer =
          service.ask("GET", kEventsPath + "?limit=" + limit + "&after=" + after + "&" + query);
      EXPECT_EQ(answer.outcome(), "200") << answer.body;
      if (const auto* events = answer.json.as_object().if_contains("events"))
        for (const auto& event : events->as_array()) found.emplace_back(event.at("type").as_string());
      after = answer.text("/next");
      if (answer.json.as_object().contains("end")) return found;
    }
    ADD_FAILURE() << "no end";
    return found;
  }
  std::string wrong(const std::string& query) {
    const Answer answer = service.ask("GET", kEventsPath + "?" + query);
    EXPECT_EQ(answer.outcome(), "400 3") << query << " " << answer.body;
    return answer.text("/message");
  }
  std::string set(const std::string& user, const std::string& value) {
    return service
        .ask("POST", "/management/v1/users/" + user + "/metadata/k", R"({"value":")" + value + R"("})")
        .outcome();
  }

  WholeService service;
};

TEST_F(ApiEventsTest, AnEventIsShownWithAllItHas) {
  const std::string user = service.add_machine("m");
  const Answer set = service.ask("POST", "/management/v1/users/" + user + "/metadata/greeting",
                                 R"({"value":"aGVsbG8="})", {{"x-request-id", "request-1"}});
  ASSERT_EQ(set.status, 200U);
  const Answer all = service.ask("GET", kEventsPath + "?user=" + user);
  EXPECT_EQ(all.text("/events/0/type"), "user.machine.added");
  const auto event = all.at("/events/1");
  EXPECT_EQ(members(event),
            "aggregateId aggregateType clientAddress createdAt creator owner payload position requestId "
            "revision sequence type");
  EXPECT_EQ(all.text("/events/1/type"), "user.metadata.set");
  EXPECT_EQ(all.text("/events/1/aggregateType"), "user");
  EXPECT_EQ(all.text("/events/1/aggregateId"), user);
  EXPECT_EQ(all.text("/events/1/sequence"), "2");
  EXPECT_EQ(all.text("/events/1/creator"), service.admin_id);
  EXPECT_EQ(all.text("/events/1/owner"), service.org);
  EXPECT_EQ(all.text("/events/1/requestId"), "request-1");
  EXPECT_EQ(all.text("/events/1/clientAddress"), "192.0.2.1");
  EXPECT_EQ(all.text("/events/1/createdAt"), set.text("/details/changeDate"));
  EXPECT_EQ(all.text("/events/1/payload"), R"({"key":"greeting","value":"aGVsbG8="})");
  const Answer one = service.ask("GET", kEventsPath + "/" + all.text("/events/1/position"));
  EXPECT_EQ(one.at("/event"), event);
}

TEST_F(ApiEventsTest, ATokensHashIsNotShown) {
  service.add_token(service.add_machine("m"));
  const Answer answer = service.ask("GET", kEventsPath + "?type=user.pat.added");
  EXPECT_EQ(answer.at("/events").as_array().size(), 2U);
  EXPECT_TRUE(answer.at("/events/1/payload").as_object().contains("tokenId"));
  EXPECT_THAT(answer.body, Not(HasSubstr("tokenHash")));
  const Answer one = service.ask("GET", kEventsPath + "/" + answer.text("/events/1/position"));
  EXPECT_THAT(one.body, Not(HasSubstr("tokenHash")));
}

TEST_F(ApiEventsTest, FiltersLeaveOutTheRestPageByPage) {
  const std::string user = service.add_machine("m");
  for (const char* value : {"MQ==", "Mg==", "Mw=="}) EXPECT_EQ(set(user, value), "200");
  service.ask("POST", "/management/v1/users/" + user + "/_lock");
  EXPECT_THAT(types("user=" + user), ElementsAre("user.machine.added", "user.metadata.set",
                                                 "user.metadata.set", "user.metadata.set", "user.locked"));
  EXPECT_THAT(types("type=user.locked&type=user.machine.added&user=" + user),
              ElementsAre("user.machine.added", "user.locked"));
  EXPECT_THAT(types("type=user.locked"), ElementsAre("user.locked"));
  EXPECT_THAT(types("type=org.added&org=" + service.org), ElementsAre("org.added"));
  EXPECT_THAT(types("org=123"), ElementsAre());
  EXPECT_THAT(types("type=user.metadata.removed"), ElementsAre());
  EXPECT_EQ(types("", "1"), types("", "1000"));
}

TEST_F(ApiEventsTest, APositionBeyondTheEndIsTheEnd) {
  const std::string end = service.ask("GET", kEventsPath + "?limit=1000").text("/next");
  for (const std::string& after :
       {end, std::string("9223372036854775807"), std::string("18446744073709551615")}) {
    const Answer answer = service.ask("GET", kEventsPath + "?after=" + after);
    EXPECT_EQ(answer.text("/next"), end) << after;
    EXPECT_EQ(answer.at("/end"), true) << after;
    EXPECT_EQ(members(answer.json), "end next");
  }
}

TEST_F(ApiEventsTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(wrong("afer=1"), HasSubstr("\"afer\" is unknown"));
  EXPECT_THAT(wrong("Type=user.locked"), HasSubstr("\"Type\" is unknown"));
  EXPECT_THAT(wrong(std::string(51, 'x') + "=1"), Not(HasSubstr("xxx")));
  EXPECT_THAT(wrong("after=x"), HasSubstr("after must be a whole number"));
  EXPECT_THAT(wrong("after=-1"), HasSubstr("after must be a whole number"));
  EXPECT_THAT(wrong("after=1&after=2"), HasSubstr("after is given twice"));
  EXPECT_THAT(wrong("limit=1.5"), HasSubstr("limit must be a whole number"));
  EXPECT_THAT(wrong("limit=1001"), HasSubstr("limit must be at most 1000"));
  EXPECT_THAT(wrong("limit="), HasSubstr("limit is empty"));
  EXPECT_THAT(wrong("user="), HasSubstr("user is empty"));
  EXPECT_THAT(wrong("user"), HasSubstr("user is empty"));
  EXPECT_THAT(wrong("user=a&user=b"), HasSubstr("user is given twice"));
  EXPECT_THAT(wrong("user=a%00"), HasSubstr("user must be an id"));
  EXPECT_THAT(wrong("user=" + std::string(201, 'u')), HasSubstr("user must be an id"));
  EXPECT_THAT(wrong("org=" + std::string(201, 'o')), HasSubstr("org must be an id"));
  EXPECT_THAT(wrong("type=user.metadata"), HasSubstr("type must be the name of an event type"));
  EXPECT_THAT(wrong("type=user.locked&type="), HasSubstr("type is empty"));
  EXPECT_THAT(wrong("after=%zz"), HasSubstr("escape"));
  std::string many = "limit=1";
  for (int i = 0; i < 31; ++i) many += "&type=user.locked";
  EXPECT_THAT(wrong(many), HasSubstr("at most 30"));
}

TEST_F(ApiEventsTest, OneIsFoundByItsPositionOnly) {
  EXPECT_EQ(service.ask("GET", kEventsPath + "/1").outcome(), "200");
  for (const char* nowhere : {"0", "999999", "18446744073709551615"})
    EXPECT_EQ(service.ask("GET", kEventsPath + "/" + nowhere).outcome(), "404 5") << nowhere;
  for (const char* none : {"x", "-1", "1.5", "", "18446744073709551616", "%zz"}) {
    const Answer answer = service.ask("GET", kEventsPath + "/" + none);
    EXPECT_EQ(answer.outcome(), "400 3") << none;
  }
  EXPECT_THAT(service.ask("GET", kEventsPath + "/x").text("/message"), HasSubstr("position must be"));
}

TEST_F(ApiEventsTest, ThoseOfTheInstanceMayReadAndNobodyElse) {
  const std::string viewer = service.add_machine("viewer");
  const std::string viewers_token = service.add_token(viewer);
  EXPECT_EQ(
      service
          .ask("POST", "/admin/v1/members", R"({"userId":")" + viewer + R"(","roles":["IAM_OWNER_VIEWER"]})")
          .outcome(),
      "200");
  const std::string owner = service.add_caller("owner", "ORG_OWNER");
  const std::string nobody = service.add_caller("nobody", "");
  for (const std::string& path : {kEventsPath, kEventsPath + "/1"}) {
    service.token = viewers_token;
    EXPECT_EQ(service.ask("GET", path).outcome(), "200");
    service.token = owner;
    EXPECT_EQ(service.ask("GET", path).outcome(), "403 7 AUTH-5mWD2");
    service.token = nobody;
    EXPECT_EQ(service.ask("GET", path).outcome(), "404 5 AUTHZ-cdgFk");
    service.token = "";
    EXPECT_EQ(service.ask("GET", path).outcome(), "401 16");
  }
}

TEST_F(ApiEventsTest, ASearchWhoseDateIsNoneIsRefused) {
  zitadel::admin::v1::ListEventsRequest from, since, until;
  from.mutable_from()->set_nanos(-1);
  since.mutable_range()->mutable_since()->set_nanos(-1);
  until.mutable_range()->mutable_until()->set_nanos(-1);
  for (const auto& request : {from, since, until})
    EXPECT_EQ(
        ask_wire(service, "application/grpc", "/zitadel.admin.v1.AdminService/ListEvents", request).outcome(),
        "3");
}

TEST_F(ApiEventsTest, AreProceduresToo) {
  const Answer connect =
      service.ask("POST", "/usermeta.v1.EventsService/ListEvents", R"({"type":["org.added"],"limit":5})",
                  {{"content-type", "application/json"}});
  EXPECT_EQ(connect.outcome(), "200");
  EXPECT_EQ(connect.text("/events/0/type"), "org.added");
  v1::GetEventRequest get;
  get.set_position(1);
  const WireAnswer grpc = ask_wire(service, "application/grpc", "/usermeta.v1.EventsService/GetEvent", get);
  ASSERT_EQ(grpc.outcome(), "0");
  v1::GetEventResponse one;
  ASSERT_TRUE(one.ParseFromString(grpc.payload));
  EXPECT_EQ(one.event().position(), 1U);
  EXPECT_EQ(one.event().type(), "instance.added");
  EXPECT_EQ(one.event().payload().fields().at("name").string_value(), "instance");
}

TEST_F(ApiEventsTest, WhatIsHeadOrAskedForInAnotherTypeIsJson) {
  for (const char* accept : {"application/json", "*/*", "text/html", "text/event-stream;q=0"})
    EXPECT_EQ(service.ask("GET", kEventsPath, {}, {{"accept", accept}}).field("content-type"),
              "application/json")
        << accept;
  const Answer head = service.ask("HEAD", kEventsPath, {}, {{"accept", "text/event-stream"}});
  EXPECT_EQ(head.field("content-type"), "application/json");
}

}  // namespace
}  // namespace usermeta
