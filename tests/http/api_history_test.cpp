// What was, as usermeta.v1.HistoryService shows it, and how it is erased.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"
#include "tests/http/wire.hpp"
#include "usermeta/v1/history.pb.h"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Answer = WholeService::Answer;

class ApiHistoryTest : public testing::Test {
 protected:
  std::string path(const std::string& rest) const { return "/usermeta/v1/users/" + user + rest; }
  Answer get(const std::string& rest) { return service.ask("GET", path(rest)); }
  Answer set(const std::string& key, const std::string& value) {
    return service.ask("POST", "/management/v1/users/" + user + "/metadata/" + key,
                       R"({"value":")" + value + R"("})", {{"x-request-id", "request-" + key}});
  }
  Answer erase(const std::string& body = "{}") { return service.ask("POST", path("/metadata/_erase"), body); }
  static std::string value_of(const boost::json::value& change, std::string_view name) {
    const auto* value = change.as_object().if_contains(name);
    if (!value) return "-";
    return value->as_object().contains("erased") ? "erased" : std::string(value->at("value").as_string());
  }
  // A line each of what a page shows: sequence, type without "user.", key, old, new.
  static std::vector<std::string> lines(const Answer& answer) {
    std::vector<std::string> all;
    if (const auto* changes = answer.json.as_object().if_contains("changes"))
      for (const auto& change : changes->as_array()) {
        const auto* key = change.as_object().if_contains("key");
        all.push_back(std::string(change.at("sequence").as_string()) + " " +
                      std::string(change.at("type").as_string()).substr(5) + " " +
                      (key ? std::string(key->as_string()) : "*") + " " + value_of(change, "oldValue") + " " +
                      value_of(change, "newValue"));
      }
    return all;
  }
  // Keys and values of a list as of a moment: "a=MQ== ".
  static std::string listed(const Answer& answer) {
    std::string text;
    if (const auto* rows = answer.json.as_object().if_contains("metadata"))
      for (const auto& row : rows->as_array())
        text += std::string(row.at("key").as_string()) + "=" +
                (row.as_object().contains("erased") ? "erased" : std::string(row.at("value").as_string())) +
                " ";
    return text;
  }
  static std::string position(const Answer& write) { return write.field("x-usermeta-position"); }

  WholeService service;
  const std::string user = service.add_machine("user");
};

TEST_F(ApiHistoryTest, AChangeIsShownWithAllItHas) {
  const std::string first = position(set("k", "MQ=="));
  const std::string second = position(set("k", "Mg=="));
  const Answer answer = get("/history");
  ASSERT_EQ(answer.outcome(), "200");
  EXPECT_THAT(lines(answer),
              ElementsAre("1 machine.added * - -", "2 metadata.set k - MQ==", "3 metadata.set k MQ== Mg=="));
  const auto change = answer.at("/changes/2");
  EXPECT_EQ(
      members(change),
      "clientAddress createdAt creator creatorName key newValue oldValue position requestId sequence type");
  EXPECT_EQ(change.at("position"), boost::json::string(second));
  EXPECT_EQ(std::stol(second), std::stol(first) + 1);
  EXPECT_EQ(change.at("creator"), boost::json::string(service.admin_id));
  EXPECT_EQ(change.at("creatorName"), "admin");
  EXPECT_EQ(change.at("requestId"), "request-k");
  EXPECT_EQ(change.at("clientAddress"), "192.0.2.1");
  EXPECT_EQ(answer.text("/next"), "3");
  EXPECT_EQ(answer.at("/end"), true);
}

TEST_F(ApiHistoryTest, OfOneKeyAndInPagesAndTheNewestFirst) {
  for (const char* value : {"MQ==", "Mg==", "Mw=="}) {
    set("a", value);
    set("b", value);
  }
  EXPECT_THAT(
      lines(get("/history?key=b")),
      ElementsAre("3 metadata.set b - MQ==", "5 metadata.set b MQ== Mg==", "7 metadata.set b Mg== Mw=="));
  const Answer newest = get("/history?key=b&newest_first=true&limit=2");
  EXPECT_THAT(lines(newest), ElementsAre("7 metadata.set b Mg== Mw==", "5 metadata.set b MQ== Mg=="));
  EXPECT_FALSE(newest.json.as_object().contains("end"));
  const Answer next = get("/history?key=b&newest_first=true&limit=2&cursor=" + newest.text("/next"));
  EXPECT_THAT(lines(next), ElementsAre("3 metadata.set b - MQ=="));
  EXPECT_EQ(next.at("/end"), true);
  EXPECT_THAT(lines(get("/history?limit=1&cursor=6")), ElementsAre("7 metadata.set b Mg== Mw=="));
  EXPECT_THAT(lines(get("/history?cursor=18446744073709551615")), testing::IsEmpty());
}

TEST_F(ApiHistoryTest, WhoMayNotReadTheUserMayNotReadItsHistory) {
  const std::string nobody = service.add_caller("nobody", "");
  const std::string settings = service.add_caller("settings", "ORG_SETTINGS_MANAGER");
  const std::string viewer = service.add_caller("viewer", "ORG_OWNER_VIEWER");
  for (const char* rest : {"/history", "/metadata", "/metadata/k"}) {
    service.token = nobody;
    EXPECT_EQ(get(rest).outcome(), "404 5 AUTHZ-cdgFk") << rest;
    service.token = settings;
    EXPECT_EQ(get(rest).outcome(), "403 7 AUTH-5mWD2") << rest;
    service.token = "";
    EXPECT_EQ(get(rest).outcome(), "401 16") << rest;
  }
  service.token = viewer;
  EXPECT_EQ(get("/history").outcome(), "200");
  EXPECT_EQ(get("/metadata").outcome(), "200");
  EXPECT_EQ(erase().outcome(), "403 7 AUTH-5mWD2");
}

TEST_F(ApiHistoryTest, AUserOfAnotherOrganisationOrNoneIsNotThere) {
  set("k", "MQ==");
  const std::string other = service.ask("POST", "/management/v1/orgs", R"({"name":"other"})").text("/id");
  const WholeService::HeaderFields there{{"x-zitadel-orgid", other}};
  for (const char* rest : {"/history", "/metadata"}) {
    EXPECT_EQ(service.ask("GET", path(rest), {}, there).outcome(), "404 5") << rest;
    EXPECT_EQ(service.ask("GET", "/usermeta/v1/users/nobody" + std::string(rest)).outcome(), "404 5") << rest;
  }
  EXPECT_EQ(service.ask("GET", path("/metadata/k"), {}, there).outcome(), "404 5 QUERY-Rgh32");
  EXPECT_EQ(service.ask("POST", path("/metadata/_erase"), "{}", there).outcome(), "404 5");
}

TEST_F(ApiHistoryTest, ARemovedUserStillHasAHistory) {
  set("k", "MQ==");
  service.ask("DELETE", "/management/v1/users/" + user);
  EXPECT_THAT(lines(get("/history?key=k")), ElementsAre("2 metadata.set k - MQ==", "3 removed * MQ== -"));
}

TEST_F(ApiHistoryTest, TheMetadataAsItWasIsExactAtThePosition) {
  const Answer first = set("a", "MQ==");
  const Answer second = set("b", "Mg==");
  const Answer third = set("a", "Mw==");
  const long one = std::stol(position(first));
  const auto at = [](long position) { return "?at=" + std::to_string(position); };
  EXPECT_EQ(listed(get("/metadata" + at(one - 1))), "");
  EXPECT_EQ(listed(get("/metadata" + at(one))), "a=MQ== ");
  EXPECT_EQ(listed(get("/metadata" + at(one + 1))), "a=MQ== b=Mg== ");
  EXPECT_EQ(listed(get("/metadata" + at(one + 2))), "a=Mw== b=Mg== ");
  EXPECT_EQ(listed(get("/metadata")), "a=Mw== b=Mg== ");
  EXPECT_EQ(get("/metadata/a" + at(one)).text("/metadata/value"), "MQ==");
  EXPECT_EQ(get("/metadata/b" + at(one)).outcome(), "404 5 QUERY-Rgh32");
  const std::string moment = second.text("/details/changeDate");
  const Answer by_time = get("/metadata/a?at=" + moment);
  EXPECT_EQ(by_time.text("/metadata/value"), "MQ==");
  EXPECT_EQ(by_time.text("/position"), position(second));
  EXPECT_EQ(members(by_time.at("/metadata")), "changedAt creator key position sequence value");
  EXPECT_EQ(by_time.text("/metadata/position"), position(first));
  EXPECT_EQ(get("/metadata/a?at=" + third.text("/details/changeDate")).text("/metadata/value"), "Mw==");
}

TEST_F(ApiHistoryTest, TheAnswerSaysWhichPositionItShows) {
  const std::string last = position(set("a", "MQ=="));
  for (const char* rest :
       {"/metadata", "/metadata?at=999999999999999999", "/metadata?at=2999-01-01T00:00:00Z", "/metadata/a"}) {
    const Answer answer = get(rest);
    EXPECT_EQ(answer.text("/position"), last) << rest;
    EXPECT_EQ(position(answer), last) << rest;
  }
  EXPECT_EQ(get("/metadata?at=2").text("/position"), "2");
  for (const char* before_all : {"/metadata?at=0", "/metadata?at=1970-01-01T00:00:00Z"})
    EXPECT_EQ(get(before_all).text("/position"), "0") << before_all;
}

TEST_F(ApiHistoryTest, ThePastIsListedInPages) {
  for (const char* key : {"a", "b", "c"}) set(key, "MQ==");
  const Answer first = get("/metadata?limit=2");
  EXPECT_EQ(listed(first), "a=MQ== b=MQ== ");
  EXPECT_FALSE(first.json.as_object().contains("end"));
  set("c", "Mg==");
  const Answer second =
      get("/metadata?limit=2&at=" + first.text("/position") + "&after=" + first.text("/next"));
  EXPECT_EQ(listed(second), "c=MQ== ");
  EXPECT_EQ(second.at("/end"), true);
}

TEST_F(ApiHistoryTest, WhatIsNoQuestionIsRefused) {
  for (const char* rest : {"/history?limit=1001", "/history?cursor=x", "/history?newest_first=maybe",
                           "/history?what=1", "/metadata?limit=1001", "/metadata?at=yesterday",
                           "/metadata?at=-1", "/metadata/k?at=1.5", "/metadata/k?at=2025-05-04"})
    EXPECT_EQ(get(rest).outcome(), "400 3") << rest;
  EXPECT_EQ(get("/history?key=" + std::string(201, 'k')).outcome(), "400 3");
  EXPECT_EQ(service.ask("GET", "/usermeta/v1/users/" + std::string(201, 'u') + "/history").outcome(),
            "400 3");
  EXPECT_EQ(erase(R"({"key":""})").outcome(), "400 3");
  EXPECT_EQ(erase(R"({"key":")" + std::string(201, 'k') + R"("})").outcome(), "400 3");
}

TEST_F(ApiHistoryTest, ErasedValuesAreGoneFromAllThatIsShown) {
  const std::string first = position(set("a", "c2VjcmV0"));
  set("b", "Mg==");
  set("a", "c2VjcmV0Mg==");
  const Answer erased = erase(R"({"key":"a"})");
  ASSERT_EQ(erased.outcome(), "200");
  EXPECT_EQ(erased.text("/erased"), "2");
  EXPECT_EQ(erased.text("/position"), position(erased));
  EXPECT_THAT(lines(get("/history?key=a")),
              ElementsAre("2 metadata.set a - erased", "4 metadata.set a erased erased",
                          "5 metadata.values.erased a erased -"));
  EXPECT_EQ(listed(get("/metadata?at=" + first)), "a=erased ");
  EXPECT_EQ(listed(get("/metadata")), "b=Mg== ");
  EXPECT_EQ(service.ask("GET", "/management/v1/users/" + user + "/metadata/a").outcome(),
            "404 5 QUERY-Rgh32");
  EXPECT_EQ(service.ask("GET", "/management/v1/users/" + user + "/metadata/b").text("/metadata/value"),
            "Mg==");
  const Answer events = service.ask("GET", "/usermeta/v1/events?user=" + user);
  EXPECT_THAT(events.body, testing::Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(events.body, HasSubstr(R"("payload":{"erased":true,"key":"a"})"));
}

TEST_F(ApiHistoryTest, AKeyWhoseValuesWereErasedCanBeSetAgain) {
  set("a", "MQ==");
  EXPECT_EQ(erase().text("/erased"), "1");
  EXPECT_EQ(set("a", "MQ==").outcome(), "200");
  EXPECT_EQ(listed(get("/metadata")), "a=MQ== ");
  EXPECT_EQ(erase().text("/erased"), "1");
  service.ask("DELETE", "/management/v1/users/" + user);
  EXPECT_EQ(erase().outcome(), "200");
}

TEST_F(ApiHistoryTest, EveryFormatHasTheSame) {
  set("k", "MQ==");
  v1::ListHistoryRequest history;
  history.set_id(user);
  v1::ListMetadataAtRequest list;
  list.set_id(user);
  v1::GetMetadataAtRequest get;
  get.set_id(user);
  get.set_key("k");
  v1::EraseValuesRequest erase;
  erase.set_id(user);
  erase.set_key("never");
  const std::string service_path = "/usermeta.v1.HistoryService/";
  for (const std::string& type : wire_content_types()) {
    if (type.find("json") != std::string::npos) continue;
    v1::ListHistoryResponse changes;
    ASSERT_TRUE(
        changes.ParseFromString(ask_wire(service, type, service_path + "ListHistory", history).payload));
    EXPECT_EQ(changes.changes(1).new_value().value(), "1") << type;
    v1::ListMetadataAtResponse rows;
    ASSERT_TRUE(rows.ParseFromString(ask_wire(service, type, service_path + "ListMetadataAt", list).payload));
    EXPECT_EQ(rows.metadata(0).value(), "1") << type;
    v1::GetMetadataAtResponse row;
    ASSERT_TRUE(row.ParseFromString(ask_wire(service, type, service_path + "GetMetadataAt", get).payload));
    EXPECT_EQ(row.metadata().value(), "1") << type;
    v1::EraseValuesResponse erased;
    const WireAnswer answer = ask_wire(service, type, service_path + "EraseValues", erase);
    ASSERT_TRUE(erased.ParseFromString(answer.payload));
    EXPECT_GT(erased.position(), 0U) << type;
    list.set_id("nobody");
    EXPECT_EQ(ask_wire(service, type, service_path + "ListMetadataAt", list).outcome(), "5") << type;
    list.set_id(user);
  }
}

TEST_F(ApiHistoryTest, WithoutADatabaseItCannotBeSaid) {
  service.cut_off_history();
  for (const char* rest : {"/history", "/metadata", "/metadata/k"}) EXPECT_EQ(get(rest).outcome(), "503 14");
}

}  // namespace
}  // namespace usermeta
