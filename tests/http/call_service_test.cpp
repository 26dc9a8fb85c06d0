#include "http/call_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"

namespace usermeta {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Answer = WholeService::Answer;

class CallServiceTest : public testing::Test {
 protected:
  std::string key_path(const std::string& key = "key") const {
    return "/management/v1/users/" + service.admin_id + "/metadata/" + key;
  }
  WholeService service;
};

// Each row is wrong in one more respect than the one after it: the first wrong thing is what is said.
TEST_F(CallServiceTest, ChecksInTheDocumentedOrder) {
  const std::string nobody = service.add_caller("nobody", "");
  const std::string viewer = service.add_caller("viewer", "ORG_OWNER_VIEWER");
  const std::string long_key(201, 'k');
  const std::string unknown = "Bearer umpat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  struct Row {
    std::string method, path, body, authorization, org, outcome;
  };
  const std::string users = "/management/v1/users/9/metadata/";
  for (const Row& row :
       {Row{"POST", "/management/v1/nope", "{", "", "9", "404 5"},
        {"PUT", users + long_key, "{", "", "9", "405 12"},
        {"POST", users + long_key, "{", "", "9", "400 3"},
        {"POST", users + "%zz", kSetBody, "", "9", "400 3"},
        {"POST", users + long_key, R"({"value":"?"})", "", "9", "400 3"},
        {"POST", users + long_key, "{}", "", "9", "401 16"},
        {"POST", users + long_key, "{}", "Basic x", "9", "401 16 AUTH-toLo1"},
        {"POST", users + long_key, "{}", unknown, "9", "401 16 AUTH-7fs1e"},
        {"POST", users + long_key, "{}", "Bearer " + nobody, "9", "403 7 AUTH-Bs7Ds"},
        {"POST", users + long_key, "{}", "Bearer " + nobody, service.org, "404 5 AUTHZ-cdgFk"},
        {"POST", users + long_key, "{}", "Bearer " + viewer, service.org, "403 7 AUTH-5mWD2"},
        {"POST", users + long_key, "{}", "Bearer " + service.admin_token, service.org, "400 3"},
        {"POST", users + "k", "{}", "Bearer " + service.admin_token, service.org, "400 3"},
        {"POST", users + "k", kSetBody, "Bearer " + service.admin_token, service.org, "400 9 COMMAND-uXHNj"},
        {"POST", key_path(), kSetBody, "Bearer " + service.admin_token, service.org, "200"}}) {
    service.token.clear();
    WholeService::HeaderFields fields{{"x-zitadel-orgid", row.org}};
    if (!row.authorization.empty()) fields.emplace_back("authorization", row.authorization);
    EXPECT_EQ(service.ask(row.method, row.path, row.body, fields).outcome(), row.outcome)
        << row.path << " " << row.authorization << " " << row.org;
  }
}

TEST_F(CallServiceTest, A401SaysWhatToSend) {
  service.token.clear();
  EXPECT_EQ(service.ask("GET", key_path()).field("www-authenticate"), "Bearer");
}

TEST_F(CallServiceTest, A405SaysWhichMethodsThereAre) {
  const Answer answer = service.ask("PUT", key_path());
  EXPECT_EQ(answer.outcome(), "405 12");
  EXPECT_EQ(answer.field("allow"), "POST, GET, HEAD, DELETE");
  EXPECT_EQ(answer.field("content-type"), "application/json");
}

TEST_F(CallServiceTest, TheRequestIdIsEchoedOrMade) {
  struct Row {
    std::string sent, answered;
  };
  for (const Row& row : {Row{"abc-123", "abc-123"},
                         {std::string(128, 'x'), std::string(128, 'x')},
                         {std::string(129, 'x'), "made-up"},
                         {"", "made-up"},
                         {"a b", "made-up"},
                         {"a\tb", "made-up"},
                         {"a\x7f", "made-up"},
                         {"\u00e9", "made-up"}})
    for (const std::string& path : {key_path(), std::string("/nope"), std::string("/debug/healthz")})
      EXPECT_EQ(service.ask("GET", path, "", {{"x-request-id", row.sent}}).field("x-request-id"),
                row.answered)
          << path << " " << row.sent;
  EXPECT_EQ(service.ask("GET", key_path()).field("x-request-id"), "made-up");
}

TEST_F(CallServiceTest, EveryRequestIsRecordedOnceWithoutItsSecrets) {
  service.records.clear();
  service.ask("POST", key_path("a%20b") + "?secret=1", kSetBody, {{"x-request-id", "r1"}});
  service.ask("DELETE", "/v2/users/9/metadata?keys=secret#x");
  service.ask("POST", "/nope?secret=1");
  service.ask("OPTIONS", "/management/v1/orgs?secret", "",
              {{"origin", "https://a.example"}, {"access-control-request-method", "POST"}});
  std::vector<std::string> lines;
  for (const RequestRecord& record : service.records) {
    lines.push_back(record.method + " " + record.path + " " + std::to_string(record.status) + " " +
                    record.request_id + " " + record.client);
    EXPECT_GE(record.time.count(), 0);
  }
  EXPECT_THAT(lines, ElementsAre("POST " + key_path("a%20b") + " 200 r1 192.0.2.1",
                                 "DELETE /v2/users/9/metadata 400 made-up 192.0.2.1",
                                 "POST /nope 404 made-up 192.0.2.1",
                                 "OPTIONS /management/v1/orgs 204 made-up 192.0.2.1"));
}

TEST(CallService, BelievesTrustedProxiesOnTheClientsAddress) {
  WholeService service({.pending_commands = 10, .trusted_proxies = {"192.0.2.0/24"}});
  service.ask("GET", "/debug/healthz", "", {{"x-forwarded-for", "198.51.100.7"}});
  EXPECT_EQ(service.records.back().client, "198.51.100.7");
}

TEST_F(CallServiceTest, BrowsersOfEveryOriginAreAnswered) {
  const WholeService::HeaderFields origin{{"origin", "https://a.example"}};
  for (const std::string& path : {key_path(), std::string("/nope"), std::string("/debug/healthz")})
    EXPECT_EQ(service.ask("GET", path, "", origin).field("access-control-allow-origin"), "https://a.example")
        << path;
  const Answer preflight =
      service.ask("OPTIONS", key_path(), "",
                  {{"origin", "https://a.example"}, {"access-control-request-method", "POST"}});
  EXPECT_EQ(preflight.status, 204U);
  EXPECT_EQ(preflight.field("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(service.ask("OPTIONS", key_path()).outcome(), "405 12");
}

TEST_F(CallServiceTest, HeadIsAnsweredAsGet) {
  service.ask("POST", key_path(), kSetBody);
  EXPECT_EQ(service.ask("HEAD", key_path()).body, service.ask("GET", key_path()).body);
  EXPECT_EQ(service.ask("HEAD", "/management/v1/orgs").outcome(), "405 12");
}

TEST_F(CallServiceTest, AnAbsoluteTargetIsItsPath) {
  EXPECT_EQ(service.ask("POST", "http://host" + key_path(), kSetBody).outcome(), "200");
}

TEST_F(CallServiceTest, AnOutageIs503AndItsReasonIsForTheOperator) {
  service.cut_off_queries();
  const Answer answer = service.ask("GET", key_path(), "", {{"x-request-id", "r1"}});
  EXPECT_EQ(answer.outcome(), "503 14");
  EXPECT_EQ(answer.field("retry-after"), "1");
  ASSERT_EQ(service.errors.size(), 1U);
  EXPECT_THAT(service.errors[0], StartsWith("r1: "));
  EXPECT_GT(service.errors[0].size(), 4U);
  EXPECT_EQ(answer.body.find(service.errors[0].substr(4)), std::string::npos);
}

TEST_F(CallServiceTest, AMistakeIs500AndItsReasonIsForTheOperator) {
  service.next_id = []() -> std::string { throw std::logic_error("a secret reason"); };
  const Answer answer =
      service.ask("POST", "/management/v1/orgs", R"({"name":"a"})", {{"x-request-id", "r1"}});
  EXPECT_EQ(answer.outcome(), "500 13");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_THAT(service.errors, ElementsAre("r1: a secret reason"));
  service.next_id = {};
  EXPECT_EQ(service.ask("POST", "/management/v1/orgs", R"({"name":"a"})").outcome(), "200");
}

TEST(CallService, TooManyCommandsAtATimeAre429) {
  WholeService service({.pending_commands = 1, .trusted_proxies = {}});
  const std::string path = "/management/v1/users/" + service.admin_id + "/metadata/";
  const auto answers = service.ask_all(
      {service.request("POST", path + "a", kSetBody), service.request("POST", path + "b", kSetBody)});
  EXPECT_EQ(answers[0].outcome(), "200");
  EXPECT_EQ(answers[1].outcome(), "429 8");
  EXPECT_EQ(answers[1].field("retry-after"), "1");
  EXPECT_THAT(service.errors, IsEmpty());
  EXPECT_EQ(service.ask("POST", path + "b", kSetBody).outcome(), "200");
}

TEST(CallService, MoreMessagesThanMayBeInMemoryAre429) {
  WholeService service({.pending_commands = 10, .trusted_proxies = {}, .messages_bytes = 10'000});
  const std::string path = "/management/v1/users/" + service.admin_id + "/metadata/";
  const auto body = [](std::size_t bytes) { return R"({"value":")" + std::string(bytes, 'A') + "\"}"; };
  EXPECT_EQ(service.ask("POST", path + "a", body(8000)).outcome(), "429 8");
  const auto answers = service.ask_all(
      {service.request("POST", path + "a", body(4000)), service.request("POST", path + "b", body(4000))});
  EXPECT_EQ(answers[0].outcome(), "200");
  EXPECT_EQ(answers[1].outcome(), "429 8");
  EXPECT_EQ(answers[1].field("retry-after"), "1");
  EXPECT_EQ(service.ask("POST", path + "b", body(4000)).outcome(), "200");
}

TEST_F(CallServiceTest, RefusesWhatTheTransportDoesNotPassOnInItsOwnFormat) {
  const std::string procedure = "/zitadel.management.v1.ManagementService/SetUserMetadata";
  const auto refuse = [&](const std::string& target, const std::string& type) {
    const auto request = service.request("POST", target, "", {{"content-type", type}, {"origin", "o"}});
    const HttpResponse response = service.calls().refuse(request, rejections::body_too_large);
    EXPECT_EQ(response.fields.find("x-request-id"), "made-up");
    EXPECT_EQ(response.fields.find("access-control-allow-origin"), "o");
    return response;
  };
  const HttpResponse rest = refuse(key_path(), "application/json");
  EXPECT_EQ(rest.status, 413U);
  EXPECT_EQ(rest.body, R"({"code":8,"message":"request body too large"})");
  EXPECT_EQ(rest.fields.find("content-type"), "application/json");
  const HttpResponse connect = refuse(procedure, "application/proto");
  EXPECT_EQ(connect.status, 413U);
  EXPECT_EQ(connect.body, R"({"code":"resource_exhausted","message":"request body too large"})");
  const HttpResponse grpc = refuse(procedure, "application/grpc");
  EXPECT_EQ(grpc.status, 200U);
  EXPECT_EQ(grpc.trailers.find("grpc-status"), "8");
  const HttpResponse web = refuse(procedure, "application/grpc-web");
  EXPECT_EQ(web.status, 200U);
  EXPECT_THAT(web.body, HasSubstr("grpc-status: 8\r\n"));
  EXPECT_EQ(service.records.size(), 4U);
}

TEST_F(CallServiceTest, RefusesWhatHasNoHeader) {
  const HttpResponse response = service.calls().refuse({}, rejections::too_many_connections);
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.body, R"({"code":14,"message":"too many connections, try again later"})");
  EXPECT_EQ(response.fields.find("x-request-id"), "made-up");
  EXPECT_THAT(service.records, IsEmpty());
}

TEST_F(CallServiceTest, AStreamedCallIsForGrpcOverHttp2) {
  const std::string watch = "/grpc.health.v1.Health/Watch";
  const auto streamed = [&](const std::string& type) {
    return service.calls().is_streamed(service.request("POST", watch, "", {{"content-type", type}}),
                                       HttpVersion::http2);
  };
  EXPECT_TRUE(streamed("application/grpc"));
  EXPECT_TRUE(streamed("application/grpc+json"));
  for (const std::string type : {"application/grpc-web", "application/json"}) {
    EXPECT_FALSE(streamed(type));
    const Answer answer = service.ask("POST", watch, "", {{"content-type", type}});
    EXPECT_THAT(answer.body, AnyOf(HasSubstr("grpc-status: 12"), HasSubstr("unimplemented"))) << answer.body;
  }
}

TEST_F(CallServiceTest, OnlyTheBodyIsWaitedForThatACallMayHave) {
  const auto early = [&](const std::string& method, const std::string& target) {
    return service.calls().answer_header(service.request(method, target, "")).has_value();
  };
  EXPECT_FALSE(early("POST", key_path()));
  EXPECT_FALSE(early("GET", "/debug/ready"));
  EXPECT_TRUE(early("POST", "/debug/ready"));
  EXPECT_TRUE(early("POST", "/debug/nope"));
  EXPECT_TRUE(early("POST", "/nope"));
  EXPECT_TRUE(early("PUT", key_path()));
}

TEST_F(CallServiceTest, MessagesRepeatNothingOfAMalformedBody) {
  const Answer answer = service.ask("POST", key_path(), R"({"value":"dmFs!secret"})");
  EXPECT_EQ(answer.outcome(), "400 3");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_THAT(answer.text("/message"), HasSubstr("value"));
}

}  // namespace
}  // namespace usermeta
