// The calls about users and their tokens over REST, each with its documented answer and its refusals.

#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"
#include "tests/http/wire.hpp"
#include "zitadel/management.pb.h"

namespace usermeta {
namespace {

using Answer = WholeService::Answer;

const std::string kUsers = "/management/v1/users/";

// A human's request with one part replaced.
std::string human(const std::string& name, const std::string& more = {}) {
  return R"({"userName":")" + name +
         R"(","profile":{"firstName":"Ada","lastName":"L"},"email":{"email":"ada@example.org"})" + more + "}";
}

class ApiUsersTest : public testing::Test {
 protected:
  void expect_creation(const Answer& answer, const std::string& what) {
    EXPECT_EQ(answer.outcome(), "200") << answer.body;
    EXPECT_EQ(members(answer.json), what);
    EXPECT_EQ(members(answer.at("/details")), "creationDate resourceOwner sequence");
    EXPECT_EQ(answer.text("/details/resourceOwner"), service.org);
  }
  void expect_change(const Answer& answer, const std::string& sequence) {
    EXPECT_EQ(answer.outcome(), "200") << answer.body;
    EXPECT_EQ(members(answer.json), "details");
    EXPECT_EQ(members(answer.at("/details")), "changeDate resourceOwner sequence");
    EXPECT_EQ(answer.text("/details/sequence"), sequence);
  }
  Answer change(const std::string& user, const std::string& what) {
    return service.ask("POST", kUsers + user + "/" + what);
  }

  WholeService service;
};

TEST_F(ApiUsersTest, HumansAreAdded) {
  for (const char* path : {"human", "human/_import"}) {
    const Answer answer = service.ask("POST", kUsers + path, human(path + std::string("@example.org")));
    expect_creation(answer, "details userId");
    EXPECT_EQ(answer.at("/details/sequence"), "1");
    EXPECT_EQ(service.ask("POST", kUsers + answer.text("/userId") + "/metadata/k", kSetBody).outcome(),
              "200");
  }
  const Answer verified = service.ask("POST", kUsers + "human", human("v", R"(,"phone":{"phone":"+49 1"})"));
  EXPECT_EQ(verified.outcome(), "200");
}

TEST_F(ApiUsersTest, HumansAreCheckedForForm) {
  const std::string email = R"("email":{"email":"a@example.org"})";
  const std::string profile = R"("profile":{"firstName":"A","lastName":"L"})";
  const std::string long_name(201, 'n');
  for (const std::string& body :
       {std::string("{}"), "{\"userName\":\"u\"," + email + "}", "{\"userName\":\"u\"," + profile + "}",
        "{" + profile + "," + email + "}", human(long_name), human("u", R"(,"phone":{"phone":"49"})"),
        R"({"userName":"u","profile":{"firstName":"","lastName":"L"},)" + email + "}",
        R"({"userName":"u","profile":{"firstName":"A","lastName":"L","nickName":")" + long_name + "\"}," +
            email + "}",
        R"({"userName":"u","profile":{"firstName":"A","lastName":"L","preferredLanguage":"12345678901"},)" +
            email + "}",
        R"({"userName":"u","profile":{"firstName":"A","lastName":"L","gender":9},)" + email + "}",
        R"({"userName":"u",)" + profile + R"(,"email":{"email":"nobody"}})"})
    for (const char* path : {"human", "human/_import"})
      EXPECT_EQ(service.ask("POST", kUsers + path, body).outcome(), "400 3") << path << " " << body;
  const std::string secret(501, 's');
  EXPECT_EQ(
      service.ask("POST", kUsers + "human", human("u", R"(,"initialPassword":")" + secret + "\"")).outcome(),
      "400 3");
  EXPECT_EQ(
      service.ask("POST", kUsers + "human/_import", human("u", R"(,"password":")" + secret + "\"")).outcome(),
      "400 3");
  EXPECT_EQ(
      service.ask("POST", kUsers + "human/_import", human("u", R"(,"idps":[{"configId":"1"}])")).outcome(),
      "400 3");
}

TEST_F(ApiUsersTest, MachinesAreAdded) {
  const Answer answer = service.ask("POST", kUsers + "machine",
                                    R"({"userName":"m","name":"M","description":"d","userId":"me"})");
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "details userId");
  EXPECT_EQ(members(answer.at("/details")), "changeDate resourceOwner sequence");
  EXPECT_EQ(answer.text("/userId"), "me");
  const std::string made = service.add_machine("m2");
  EXPECT_TRUE(made.size() == 18 || made.size() == 19) << made;
  EXPECT_EQ(made.find_first_not_of("0123456789"), std::string::npos) << made;
}

TEST_F(ApiUsersTest, MachinesAreRefused) {
  service.ask("POST", kUsers + "machine", R"({"userName":"taken","name":"M","userId":"me"})");
  struct Row {
    std::string body, outcome;
  };
  for (const Row& row :
       {Row{"{}", "400 3"},
        {R"({"userName":"u"})", "400 3"},
        {R"({"name":"M"})", "400 3"},
        {R"({"userName":"u","name":"M","userId":""})", "400 3"},
        {R"({"userName":"u","name":"M","accessTokenType":7})", "400 3"},
        {R"({"userName":"u","name":"M","description":")" + std::string(501, 'd') + "\"}", "400 3"},
        {R"({"userName":"u","name":"M","userId":"me"})", "400 9 COMMAND-k2una"},
        {R"({"userName":"TAKEN","name":"M"})", "409 6 V3-DKcYh"}})
    EXPECT_EQ(service.ask("POST", kUsers + "machine", row.body).outcome(), row.outcome) << row.body;
}

TEST_F(ApiUsersTest, LifecycleCallsAnswerWithTheChange) {
  const std::string user = service.add_machine("user");
  EXPECT_EQ(change(user, "_reactivate").outcome(), "400 9 COMMAND-6M0sf");
  EXPECT_EQ(change(user, "_unlock").outcome(), "400 9 COMMAND-4M0ds");
  expect_change(change(user, "_deactivate"), "2");
  EXPECT_EQ(change(user, "_deactivate").outcome(), "400 9 COMMAND-5M0sf");
  expect_change(change(user, "_reactivate"), "3");
  expect_change(change(user, "_lock"), "4");
  EXPECT_EQ(change(user, "_lock").outcome(), "400 9 COMMAND-3NN8v");
  expect_change(change(user, "_unlock"), "5");
  expect_change(service.ask("DELETE", kUsers + user), "6");
  EXPECT_EQ(service.ask("DELETE", kUsers + user).outcome(), "404 5 COMMAND-m9od");
}

TEST_F(ApiUsersTest, TokensAreAddedAndRemoved) {
  const std::string user = service.add_machine("user");
  const std::string pats = kUsers + user + "/pats";
  const Answer added = service.ask("POST", pats, R"({"expirationDate":"9999-01-01T00:00:00Z"})");
  expect_creation(added, "details token tokenId");
  EXPECT_EQ(added.at("/details/sequence"), "2");
  service.token = added.text("/token");
  EXPECT_EQ(service.ask("POST", pats).outcome(), "404 5 AUTHZ-cdgFk");  // it is known, and may nothing
  service.token = service.admin_token;
  expect_change(service.ask("DELETE", pats + "/" + added.text("/tokenId")), "3");
  EXPECT_EQ(service.ask("DELETE", pats + "/" + added.text("/tokenId")).outcome(), "404 5 COMMAND-4m77G");
  service.token = added.text("/token");
  EXPECT_EQ(service.ask("POST", pats).outcome(), "401 16 AUTH-7fs1e");
}

TEST_F(ApiUsersTest, TokensAreRefused) {
  const std::string user = service.add_machine("user");
  const std::string person = service.ask("POST", kUsers + "human", human("ada")).text("/userId");
  EXPECT_EQ(service.ask("POST", kUsers + person + "/pats").outcome(), "400 9 COMMAND-Df2f1");
  EXPECT_EQ(service.ask("POST", kUsers + "9/pats").outcome(), "400 9 COMMAND-Dggw2");
  for (const char* past : {"2020-01-01T00:00:00Z", "0001-01-01T00:00:00Z"})
    EXPECT_EQ(
        service.ask("POST", kUsers + user + "/pats", R"({"expirationDate":")" + std::string(past) + "\"}")
            .outcome(),
        "400 3 DOMAIN-dv3t5");
  EXPECT_EQ(service.ask("POST", kUsers + user + "/pats", R"({"expirationDate":"soon"})").outcome(), "400 3");
}

// JSON cannot say such a date. Stored, it could not be read again.
TEST_F(ApiUsersTest, AnExpiryThatIsNoDateIsRefusedInABinaryMessage) {
  zitadel::management::v1::AddPersonalAccessTokenRequest request;
  request.set_user_id(service.add_machine("user"));
  const auto outcome = [&](std::int64_t seconds, std::int32_t nanos) {
    request.mutable_expiration_date()->set_seconds(seconds);
    request.mutable_expiration_date()->set_nanos(nanos);
    return ask_wire(service, "application/grpc",
                    "/zitadel.management.v1.ManagementService/AddPersonalAccessToken", request)
        .outcome();
  };
  constexpr std::int64_t last = 253'402'300'799;
  constexpr std::int32_t second = 1'000'000'000;
  for (const auto& [seconds, nanos] :
       {std::pair(last, second), {last + 1, 0}, {last - 1, second}, {last, -1}})
    EXPECT_EQ(outcome(seconds, nanos), "3") << seconds << " " << nanos;
  EXPECT_EQ(outcome(last, second - 1), "0");
}

TEST_F(ApiUsersTest, ATokenEndsForGoodWithItsOwnersState) {
  for (const std::string what : {"lock", "deactivate"}) {
    const std::string user = service.add_machine(what);
    const std::string token = service.add_token(user);
    const std::string undo = what == "lock" ? "_unlock" : "_reactivate";
    EXPECT_EQ(change(user, "_" + what).outcome(), "200");
    EXPECT_EQ(change(user, undo).outcome(), "200");
    service.token = token;
    EXPECT_EQ(change(user, "_lock").outcome(), "401 16 AUTH-7fs1e");
    service.token = service.admin_token;
  }
}

}  // namespace
}  // namespace usermeta
