// Connect's unary calls, by their procedures' paths.

#include "http/connect.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/gzip.hpp"
#include "tests/http/wire.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Connect, ReadsTimeouts) {
  EXPECT_EQ(parse_connect_timeout("0"), 0us);
  EXPECT_EQ(parse_connect_timeout("100"), 100ms);
  EXPECT_EQ(parse_connect_timeout("9999999999"), 9'999'999'999ms);
  for (const char* text : {"", "-1", "1.5", "10000000000", "1s", " 1", "x"})
    EXPECT_FALSE(parse_connect_timeout(text)) << text;
}

TEST(Connect, StatusesAreThoseOfItsProtocol) {
  struct Row {
    int code;
    unsigned status;
    std::string name;
  };
  for (const Row& row : {Row{3, 400, "invalid_argument"},
                         {4, 504, "deadline_exceeded"},
                         {5, 404, "not_found"},
                         {6, 409, "already_exists"},
                         {7, 403, "permission_denied"},
                         {8, 429, "resource_exhausted"},
                         {9, 400, "failed_precondition"},
                         {12, 501, "unimplemented"},
                         {13, 500, "internal"},
                         {14, 503, "unavailable"},
                         {16, 401, "unauthenticated"},
                         {2, 500, "unknown"},
                         {99, 500, "unknown"}}) {
    const HttpResponse response = connect_failure({row.code, "", "m"});
    EXPECT_EQ(response.status, row.status) << row.code;
    EXPECT_EQ(response.body, "{\"code\":\"" + row.name + "\",\"message\":\"m\"}");
  }
  EXPECT_EQ(connect_failure({9, "A", "b"}).body,
            R"j({"code":"failed_precondition","message":"b (A)","details":)j"
            R"([{"type":"zitadel.v1.ErrorDetail","value":"CgFBEgFi"}]})");
}

class ConnectTest : public testing::Test {
 protected:
  WholeService::Answer send(const std::string& body, WholeService::HeaderFields fields = {},
                            const std::string& method = "POST") {
    if (std::ranges::find(fields, "content-type", &std::pair<std::string, std::string>::first) ==
        fields.end())
      fields.emplace_back("content-type", "application/json");
    return service.ask(method, path, body, fields);
  }

  const std::string path = "/zitadel.user.v2.UserService/SetUserMetadata";
  WholeService service;
  const std::string body =
      R"({"userId":")" + service.admin_id + R"(","metadata":[{"key":"k","value":"dg=="}]})";
};

TEST_F(ConnectTest, AnswersJson) {
  const auto answer = send(body);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.field("content-type"), "application/json");
  EXPECT_EQ(members(answer.json), "setDate");
  const auto v1 =
      service.ask("POST", "/zitadel.management.v1.ManagementService/SetUserMetadata",
                  R"({"id":"9","key":"k","value":"dg=="})", {{"content-type", "application/json"}});
  EXPECT_EQ(v1.status, 400U);
  EXPECT_EQ(v1.text("/code"), "failed_precondition");
  EXPECT_THAT(v1.text("/message"), HasSubstr("(COMMAND-uXHNj)"));
}

TEST_F(ConnectTest, TheVersionIs1WhereThereIsOne) {
  EXPECT_EQ(send(body, {{"connect-protocol-version", "1"}}).status, 200U);
  const auto answer = send(body, {{"connect-protocol-version", "2"}});
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.text("/code"), "invalid_argument");
}

TEST_F(ConnectTest, BodiesMayBePacked) {
  EXPECT_EQ(send(gzip(body), {{"content-encoding", "gzip"}}).status, 200U);
  EXPECT_EQ(send(body, {{"content-encoding", "identity"}}).status, 200U);
  EXPECT_EQ(send(body, {{"content-encoding", "gzip"}}).text("/code"), "invalid_argument");
  EXPECT_EQ(send(body, {{"content-encoding", "br"}}).text("/code"), "unimplemented");
  const std::string large(std::size_t{5} << 20, ' ');
  const auto refused = send(gzip(large), {{"content-encoding", "gzip"}});
  EXPECT_EQ(refused.text("/code"), "resource_exhausted");
  EXPECT_EQ(refused.field("retry-after"), "(none)");
}

TEST_F(ConnectTest, LargeAnswersArePackedForThoseWhoTakeIt) {
  const std::string value = R"({"key":"k","value":")" + std::string(4000, 'A') + R"("})";
  send(R"({"userId":")" + service.admin_id + R"(","metadata":[)" + value + "]}");
  const auto list = [&](const WholeService::HeaderFields& fields) {
    return service.ask("POST", "/zitadel.user.v2.UserService/ListUserMetadata",
                       R"({"userId":")" + service.admin_id + R"("})", fields);
  };
  const auto plain = list({{"content-type", "application/json"}});
  const auto packed = list({{"content-type", "application/json"}, {"accept-encoding", "br, gzip"}});
  EXPECT_EQ(plain.field("content-encoding"), "(none)");
  EXPECT_EQ(packed.field("content-encoding"), "gzip");
  EXPECT_EQ(std::get<std::string>(gunzip(packed.body, 100'000)), plain.body);
  EXPECT_EQ(send(body, {{"accept-encoding", "gzip"}}).field("content-encoding"), "(none)");
}

TEST_F(ConnectTest, ACallWhoseTimeIsOverIsNotStarted) {
  const auto late = send(body, {{"connect-timeout-ms", "0"}});
  EXPECT_EQ(late.status, 504U);
  EXPECT_EQ(late.text("/code"), "deadline_exceeded");
  EXPECT_EQ(service.ask("GET", "/management/v1/users/" + service.admin_id + "/metadata/k").status, 404U);
  EXPECT_EQ(send(body, {{"connect-timeout-ms", "20000"}}).status, 200U);
  EXPECT_EQ(send(body, {{"connect-timeout-ms", "soon"}}).text("/code"), "invalid_argument");
}

TEST_F(ConnectTest, MalformedBodiesAreInvalid) {
  EXPECT_EQ(send("{").text("/code"), "invalid_argument");
  EXPECT_EQ(send("\x0a\x05x", {{"content-type", "application/proto"}}).text("/code"), "invalid_argument");
  EXPECT_EQ(send("\x0a\x01\xff", {{"content-type", "application/proto"}}).text("/code"), "invalid_argument");
}

TEST_F(ConnectTest, OtherTypesAndMethodsAreRefusedByTheHeader) {
  for (const char* type : {"text/plain", "", "application/xml", "application/grpc+xml"}) {
    const auto answer = send(body, {{"content-type", type}});
    EXPECT_EQ(answer.status, 415U) << type;
    EXPECT_THAT(answer.field("accept-post"), HasSubstr("application/proto"));
    EXPECT_THAT(answer.field("content-type"), HasSubstr("text/plain")) << "no protocol has a word for it";
  }
  for (const char* method : {"GET", "PUT", "DELETE", "OPTIONS"})
    for (const char* type : {"application/json", "application/grpc", "text/plain"}) {
      const auto answer = send("", {{"content-type", type}}, method);
      EXPECT_EQ(answer.status, 405U) << method << " " << type;
      EXPECT_EQ(answer.field("allow"), "POST");
      EXPECT_THAT(answer.field("content-type"), HasSubstr("text/plain"));
    }
}

TEST_F(ConnectTest, A401SaysWhatToSend) {
  service.token.clear();
  const auto answer = send(body);
  EXPECT_EQ(answer.status, 401U);
  EXPECT_EQ(answer.text("/code"), "unauthenticated");
  EXPECT_EQ(answer.field("www-authenticate"), "Bearer");
}

}  // namespace
}  // namespace usermeta
