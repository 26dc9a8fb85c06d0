// The v1 metadata calls over REST, each with its documented answer and its refusals.

#include <gtest/gtest.h>

#include "events/base64.hpp"
#include "tests/http/whole_service.hpp"

namespace usermeta {
namespace {

using Answer = WholeService::Answer;

class ApiMetadataTest : public testing::Test {
 protected:
  std::string path(const std::string& rest) const {
    return "/management/v1/users/" + user + "/metadata/" + rest;
  }
  Answer set(const std::string& key, const std::string& value) {
    return service.ask("POST", path(key), R"({"value":")" + value + R"("})");
  }
  Answer list(const std::string& body = {}) { return service.ask("POST", path("_search"), body); }
  // The keys of a list's page, each followed by a space.
  static std::string keys(const Answer& answer) {
    std::string text;
    if (const auto* result = answer.json.as_object().if_contains("result"))
      for (const auto& entry : result->as_array()) text += std::string(entry.at("key").as_string()) + " ";
    return text;
  }

  WholeService service;
  const std::string user = service.add_machine("user");
};

TEST_F(ApiMetadataTest, SetAnswersWithTheUserAndItsDetails) {
  const Answer first = set("key", "dmFsdWU=");
  EXPECT_EQ(first.outcome(), "200");
  EXPECT_EQ(first.field("content-type"), "application/json");
  EXPECT_EQ(members(first.json), "details id");
  EXPECT_EQ(first.text("/id"), user);
  EXPECT_EQ(members(first.at("/details")), "changeDate creationDate resourceOwner sequence");
  EXPECT_EQ(first.at("/details/sequence"), "2");
  EXPECT_EQ(first.at("/details/creationDate"), first.at("/details/changeDate"));
  EXPECT_EQ(first.text("/details/resourceOwner"), service.org);
  EXPECT_EQ(set("key", "b3RoZXI=").at("/details/sequence"), "3");
}

TEST_F(ApiMetadataTest, SettingTheSameValueAgainChangesNothing) {
  set("key", "dmFsdWU=");
  const Answer last = set("other", "dmFsdWU=");
  const Answer again = set("key", "dmFsdWU");
  EXPECT_EQ(again.outcome(), "200");
  EXPECT_EQ(again.body, last.body);
}

TEST_F(ApiMetadataTest, ThePathWinsOverTheBody) {
  const Answer answer = service.ask("POST", path("key"), R"({"id":"9","key":"other","value":"dmFsdWU="})");
  EXPECT_EQ(answer.text("/id"), user);
  EXPECT_EQ(service.ask("GET", path("key")).outcome(), "200");
  EXPECT_EQ(service.ask("GET", path("other")).outcome(), "404 5 QUERY-Rgh32");
}

TEST_F(ApiMetadataTest, TakesKeysOfAnyUnicode) {
  for (const char* key : {"a%20b", "a+b", "a%2Fb", "100%25", "%F0%9F%94%91", "%C3%A9", ".", "%7Bkey%7D"}) {
    EXPECT_EQ(set(key, "dmFsdWU=").outcome(), "200") << key;
    EXPECT_EQ(service.ask("GET", path(key)).text("/metadata/value"), "dmFsdWU=") << key;
  }
  EXPECT_EQ(service.ask("GET", path("a+b")).text("/metadata/key"), "a+b");
  EXPECT_EQ(service.ask("GET", path("a%2fb")).text("/metadata/key"), "a/b");
}

TEST_F(ApiMetadataTest, RefusesWhatIsNoSet) {
  const std::string good = R"({"value":"dmFsdWU="})";
  struct Row {
    std::string key, body, outcome;
  };
  for (const Row& row : {Row{"", good, "400 3"},
                         {"a%00b", good, "400 3"},
                         {"a%zz", good, "400 3"},
                         {"%ff%fe", good, "400 3"},
                         {std::string(201, 'k'), good, "400 3"},
                         {"key", "", "400 3"},
                         {"key", "{}", "400 3"},
                         {"key", R"({"value":""})", "400 3"},
                         {"key", R"({"value":"?"})", "400 3"},
                         {"key", R"({"value":7})", "400 3"},
                         {"key", R"({"value":"dmFsdWU="})" + std::string("x"), "400 3"},
                         {"key", R"({"value":"dmFsdWU=","value":"dmFsdWU="})", "400 3"},
                         {"key", R"([])", "400 3"}})
    EXPECT_EQ(service.ask("POST", path(row.key), row.body).outcome(), row.outcome)
        << row.key << " " << row.body;
  EXPECT_EQ(list().at("/details").as_object().contains("totalResult"), false);
}

TEST_F(ApiMetadataTest, TakesValuesUpTo500000Bytes) {
  EXPECT_EQ(set("most", to_base64(std::string(500'000, 'v'))).outcome(), "200");
  EXPECT_EQ(set("more", to_base64(std::string(500'001, 'v'))).outcome(), "400 3");
}

TEST_F(ApiMetadataTest, SetNeedsAUserOfTheOrganisation) {
  const auto set_on = [&](const std::string& id, const WholeService::HeaderFields& fields) {
    return service
        .ask("POST", "/management/v1/users/" + id + "/metadata/k", R"({"value":"dmFsdWU="})", fields)
        .outcome();
  };
  EXPECT_EQ(set_on("9", {}), "400 9 COMMAND-uXHNj");
  const std::string other = service.ask("POST", "/management/v1/orgs", R"({"name":"other"})").text("/id");
  EXPECT_EQ(set_on(user, {{"x-zitadel-orgid", other}}), "400 9 COMMAND-uXHNj");
  EXPECT_EQ(set_on(user, {{"x-zitadel-orgid", service.org}}), "200");
  service.ask("DELETE", "/management/v1/users/" + user);
  EXPECT_EQ(set_on(user, {}), "400 9 COMMAND-uXHNj");
}

TEST_F(ApiMetadataTest, GetAnswersWithTheEntry) {
  const Answer first = set("key", "dmFsdWU=");
  const Answer second = set("key", "b3RoZXI=");
  const Answer got = service.ask("GET", path("key"));
  EXPECT_EQ(got.outcome(), "200");
  EXPECT_EQ(members(got.json), "metadata");
  EXPECT_EQ(members(got.at("/metadata")), "details key value");
  EXPECT_EQ(got.text("/metadata/key"), "key");
  EXPECT_EQ(got.text("/metadata/value"), "b3RoZXI=");
  EXPECT_EQ(members(got.at("/metadata/details")), "changeDate creationDate resourceOwner sequence");
  EXPECT_EQ(got.at("/metadata/details/creationDate"), first.at("/details/creationDate"));
  EXPECT_EQ(got.at("/metadata/details/changeDate"), second.at("/details/changeDate"));
  EXPECT_EQ(got.at("/metadata/details/sequence"), "3");
  EXPECT_EQ(service.ask("HEAD", path("key")).outcome(), "200");
}

TEST_F(ApiMetadataTest, GetKnowsNoOtherKeysAndUsers) {
  EXPECT_EQ(service.ask("GET", path("key")).outcome(), "404 5 QUERY-Rgh32");
  EXPECT_EQ(service.ask("GET", "/management/v1/users/9/metadata/key").outcome(), "404 5 QUERY-Rgh32");
  EXPECT_EQ(service.ask("GET", path("")).outcome(), "400 3");
  EXPECT_EQ(service.ask("GET", path(std::string(201, 'k'))).outcome(), "400 3");
  EXPECT_EQ(service.ask("GET", "/management/v1/users//metadata/key").outcome(), "400 3");
}

TEST_F(ApiMetadataTest, BulkSetAnswersWithTheLastChange) {
  const Answer answer = service.ask(
      "POST", path("_bulk"),
      R"({"metadata":[{"key":"a","value":"MQ=="},{"key":"b","value":"Mg=="},{"key":"a","value":"Mw=="}]})");
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "details");
  EXPECT_EQ(members(answer.at("/details")), "changeDate resourceOwner sequence");
  EXPECT_EQ(answer.at("/details/sequence"), "4");
  EXPECT_EQ(service.ask("GET", path("a")).text("/metadata/value"), "Mw==");
}

TEST_F(ApiMetadataTest, BulksAreAllOrNothing) {
  EXPECT_EQ(service.ask("POST", path("_bulk"), "{}").outcome(), "400 9 META-9mm2d");
  EXPECT_EQ(service.ask("DELETE", path("_bulk"), "").outcome(), "400 9 META-9mm2d");
  EXPECT_EQ(service.ask("POST", path("_bulk"), R"({"metadata":[{"key":"a","value":"MQ=="},{"key":"b"}]})")
                .outcome(),
            "400 3");
  set("kept", "MQ==");
  EXPECT_EQ(service.ask("DELETE", path("_bulk"), R"({"keys":["kept","unknown"]})").outcome(),
            "404 5 META-2nnds");
  EXPECT_EQ(keys(list()), "kept ");
}

TEST_F(ApiMetadataTest, BulkRemoveCountsAKeyNamedTwiceTwice) {
  set("a", "MQ==");
  set("b", "MQ==");
  const Answer answer = service.ask("DELETE", path("_bulk"), R"({"keys":["a","b","a"]})");
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.at("/details")), "changeDate resourceOwner sequence");
  EXPECT_EQ(answer.at("/details/sequence"), "6");
  EXPECT_EQ(keys(list()), "");
}

TEST_F(ApiMetadataTest, RemoveAnswersWithTheChange) {
  set("key", "MQ==");
  const Answer answer = service.ask("DELETE", path("key"));
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "details");
  EXPECT_EQ(members(answer.at("/details")), "changeDate resourceOwner sequence");
  EXPECT_EQ(answer.at("/details/sequence"), "3");
  EXPECT_EQ(service.ask("DELETE", path("key")).outcome(), "404 5 META-ncnw3");
  EXPECT_EQ(service.ask("GET", path("key")).outcome(), "404 5 QUERY-Rgh32");
}

TEST_F(ApiMetadataTest, ListAnswersInTheOrderOfKeys) {
  for (const char* key : {"b", "a", "B"}) set(key, "MQ==");
  const Answer answer = list(R"({"query":{"asc":false}})");
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "details result");
  EXPECT_EQ(members(answer.at("/details")), "totalResult viewTimestamp");
  EXPECT_EQ(answer.at("/details/totalResult"), "3");
  EXPECT_EQ(members(answer.at("/result/0")), "details key value");
  EXPECT_EQ(members(answer.at("/result/0/details")), "changeDate creationDate resourceOwner sequence");
  EXPECT_EQ(keys(answer), "B a b ");
}

TEST_F(ApiMetadataTest, ListPagesAndFilters) {
  for (const char* key : {"a1", "a2", "b1", "B2"}) set(key, "MQ==");
  struct Row {
    std::string body, keys, total;
  };
  for (const Row& row :
       {Row{R"({"query":{"limit":2}})", "B2 a1 ", "4"},
        {R"({"query":{"offset":"3"}})", "b1 ", "4"},
        {R"({"query":{"offset":9,"limit":5000}})", "", "4"},
        {R"({"queries":[{"keyQuery":{"key":"a1"}}]})", "a1 ", "1"},
        {R"({"queries":[{"key_query":{"key":"b","method":"TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"}}]})",
         "B2 b1 ", "2"},
        {R"({"queries":[{"keyQuery":{"key":"a","method":2}},{"keyQuery":{"key":"2","method":6}}]})", "a2 ",
         "1"}}) {
    const Answer answer = list(row.body);
    EXPECT_EQ(keys(answer), row.keys) << row.body;
    EXPECT_EQ(answer.text("/details/totalResult"), row.total) << row.body;
  }
}

TEST_F(ApiMetadataTest, ListRefusesBrokenQueriesAndIsEmptyForOtherUsers) {
  for (const std::string& body :
       {std::string(R"({"queries":[{}]})"), std::string(R"({"queries":[{"keyQuery":{"method":8}}]})"),
        std::string(R"({"queries":[{"keyQuery":{"method":-1}}]})"),
        R"({"queries":[{"keyQuery":{"key":")" + std::string(201, 'k') + R"("}}]})",
        std::string(R"({"query":{"limit":-1}})")})
    EXPECT_EQ(list(body).outcome(), "400 3") << body;
  const Answer unknown = service.ask("POST", "/management/v1/users/9/metadata/_search");
  EXPECT_EQ(unknown.outcome(), "200");
  EXPECT_EQ(members(unknown.json), "details");
  EXPECT_EQ(members(unknown.at("/details")), "viewTimestamp");
}

TEST_F(ApiMetadataTest, HealthNeedsNoToken) {
  service.token.clear();
  EXPECT_EQ(service.ask("GET", "/management/v1/healthz").body, "{}");
  EXPECT_EQ(service.ask("GET", "/admin/v1/healthz").body, "{}");
  EXPECT_EQ(service.ask("HEAD", "/management/v1/healthz").outcome(), "200");
}

}  // namespace
}  // namespace usermeta
