// The v2 metadata calls over REST, each with its documented answer and its refusals.

#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"

namespace usermeta {
namespace {

using Answer = WholeService::Answer;

class ApiMetadataV2Test : public testing::Test {
 protected:
  std::string path(const std::string& rest = {}) const { return "/v2/users/" + user + "/metadata" + rest; }
  Answer set(const std::string& key, const std::string& value) {
    return service.ask("POST", path(),
                       R"({"metadata":[{"key":")" + key + R"(","value":")" + value + R"("}]})");
  }
  static std::string keys(const Answer& answer) {
    std::string text;
    if (const auto* metadata = answer.json.as_object().if_contains("metadata"))
      for (const auto& entry : metadata->as_array()) text += std::string(entry.at("key").as_string()) + " ";
    return text;
  }

  WholeService service;
  const std::string user = service.add_machine("user");
};

TEST_F(ApiMetadataV2Test, SetAnswersWithItsDate) {
  const Answer first = set("key", "MQ==");
  EXPECT_EQ(first.outcome(), "200");
  EXPECT_EQ(members(first.json), "setDate");
  EXPECT_EQ(set("key", "MQ==").body, first.body);  // nothing changed
  EXPECT_NE(set("key", "Mg==").body, first.body);
}

TEST_F(ApiMetadataV2Test, ListAnswersWithThePage) {
  const Answer first = set("a", "MQ==");
  const Answer second = set("b", "Mg==");
  const Answer answer = service.ask("POST", path("/search"));
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "metadata pagination");
  EXPECT_EQ(members(answer.at("/pagination")), "appliedLimit totalResult");
  EXPECT_EQ(answer.at("/pagination/totalResult"), "2");
  EXPECT_EQ(answer.at("/pagination/appliedLimit"), "100");
  EXPECT_EQ(keys(answer), "b a ");
  EXPECT_EQ(members(answer.at("/metadata/0")), "changeDate creationDate key value");
  EXPECT_EQ(answer.at("/metadata/0/creationDate"), second.at("/setDate"));
  EXPECT_EQ(answer.at("/metadata/1/changeDate"), first.at("/setDate"));
  EXPECT_EQ(keys(service.ask("POST", path("/search"), R"({"pagination":{"asc":true,"limit":1}})")), "a ");
  EXPECT_EQ(
      keys(service.ask(
          "POST", path("/search"),
          R"({"filters":[{"keyFilter":{"key":"A","method":"TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE"}}]})")),
      "a ");
}

TEST_F(ApiMetadataV2Test, ListRefusesBrokenQueries) {
  EXPECT_EQ(service.ask("POST", path("/search"), R"({"pagination":{"limit":1000}})").outcome(), "200");
  EXPECT_EQ(service.ask("POST", path("/search"), R"({"pagination":{"limit":1001}})").outcome(),
            "400 3 QUERY-4M0fs");
  EXPECT_EQ(service.ask("POST", path("/search"), R"({"filters":[{}]})").outcome(), "400 3");
  EXPECT_EQ(service.ask("POST", "/v2/users//metadata/search").outcome(), "400 3");
}

TEST_F(ApiMetadataV2Test, ListShowsOnlyWhatTheCallerMayRead) {
  set("key", "MQ==");
  const std::string other = service.ask("POST", "/management/v1/orgs", R"({"name":"other"})").text("/id");
  const std::string stranger = service.add_machine("stranger");
  service.token = service.add_token(stranger);
  EXPECT_EQ(service.ask("POST", path("/search")).outcome(), "404 5 AUTHZ-cdgFk");
  service.token = service.admin_token;
  service.ask("POST", "/management/v1/orgs/me/members",
              R"({"userId":")" + stranger + R"(","roles":["ORG_OWNER"]})", {{"x-zitadel-orgid", other}});
  service.token = service.add_token(stranger);
  const Answer answer = service.ask("POST", path("/search"));
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "pagination");
  EXPECT_EQ(members(answer.at("/pagination")), "appliedLimit");
}

TEST_F(ApiMetadataV2Test, DeleteTakesItsKeysFromTheQuery) {
  for (const char* key : {"a b", "c", "d"}) set(key, "MQ==");
  const Answer answer = service.ask("DELETE", path("?keys=a+b&keys=c&other=x"));
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "deletionDate");
  EXPECT_EQ(keys(service.ask("POST", path("/search"))), "d ");
  EXPECT_EQ(service.ask("DELETE", path("?keys=d&keys=c")).outcome(), "404 5 META-2nnds");
  EXPECT_EQ(service.ask("DELETE", path()).outcome(), "400 9 META-9mm2d");
  EXPECT_EQ(service.ask("DELETE", path("?keys=%zz")).outcome(), "400 3");
  EXPECT_EQ(service.ask("DELETE", path("?keys=")).outcome(), "400 3");
  // The path wins over the query.
  EXPECT_EQ(service.ask("DELETE", path("?user_id=9&keys=d")).outcome(), "200");
}

TEST_F(ApiMetadataV2Test, TheOrganisationIsTheUsersOwnWhateverTheHeaderSays) {
  EXPECT_EQ(
      service.ask("POST", path(), R"({"metadata":[{"key":"k","value":"MQ=="}]})", {{"x-zitadel-orgid", "9"}})
          .outcome(),
      "200");
}

// Step 4, then whether the user exists, then permission.
TEST_F(ApiMetadataV2Test, ChangesAreCheckedInOrder) {
  const std::string nobody = service.add_caller("nobody", "");
  const std::string viewer = service.add_caller("viewer", "ORG_OWNER_VIEWER");
  set("k", "MQ==");
  const std::string good = R"({"metadata":[{"key":"k","value":"MQ=="}]})";
  struct Row {
    std::string token, user, body, query, outcome;
  };
  for (const Row& row : {Row{"", "9", "{", "?keys=%", "400 3"},
                         {"", "9", "{}", "", "401 16"},
                         {"x", "9", "{}", "", "401 16 AUTH-7fs1e"},
                         {nobody, "9", "{}", "", "400 9 META-9mm2d"},
                         {nobody, "9", R"({"metadata":[{"key":"k"}]})", "?keys=", "400 3"},
                         {nobody, "9", good, "?keys=k", "400 9 COMMAND-uXHNj"},
                         {nobody, user, good, "?keys=k", "404 5 AUTHZ-cdgFk"},
                         {viewer, user, good, "?keys=k", "403 7 AUTH-AWfge"},
                         {viewer, user, good, "?keys=unknown", "403 7 AUTH-AWfge"}}) {
    service.token = row.token;
    const std::string target = "/v2/users/" + row.user + "/metadata";
    EXPECT_EQ(service.ask("POST", target, row.body).outcome(), row.outcome) << row.body << row.user;
    EXPECT_EQ(service.ask("DELETE", target + row.query).outcome(), row.outcome) << row.query << row.user;
  }
}

}  // namespace
}  // namespace usermeta
