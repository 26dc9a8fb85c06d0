#include "http/cors.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

HttpRequest request(std::string method, const std::vector<std::pair<std::string, std::string>>& fields) {
  HttpRequest request{std::move(method), "/management/v1/users/1/metadata/key", {}, {}, {}};
  for (const auto& [name, value] : fields) request.fields.add(name, value);
  return request;
}

std::string field(const HttpResponse& response, std::string_view name) {
  return std::string(response.fields.find(name).value_or("(none)"));
}

TEST(Cors, AnswersAPreflight) {
  const auto response = answer_preflight(request("OPTIONS", {{"origin", "https://console.example"},
                                                             {"access-control-request-method", "POST"},
                                                             {"access-control-request-headers", "x-foo"}}));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204U);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(field(*response, "access-control-allow-origin"), "https://console.example");
  EXPECT_EQ(field(*response, "access-control-allow-credentials"), "true");
  EXPECT_EQ(field(*response, "vary"), "Origin");
  const std::string methods = field(*response, "access-control-allow-methods");
  for (const char* method : {"GET", "HEAD", "POST", "DELETE"})
    EXPECT_NE(methods.find(method), std::string::npos) << method;
  const std::string headers = field(*response, "access-control-allow-headers");
  for (const char* header : {"Authorization", "Content-Type", "X-Zitadel-Orgid", "X-Grpc-Web", "Grpc-Timeout",
                             "Grpc-Encoding", "Connect-Timeout-Ms", "Content-Encoding", "X-Request-Id",
                             "X-Usermeta-Position", "Connect-Protocol-Version"})
    EXPECT_NE(headers.find(header), std::string::npos) << header;
}

TEST(Cors, LeavesOtherRequestsAlone) {
  EXPECT_FALSE(answer_preflight(request("OPTIONS", {})));
  EXPECT_FALSE(answer_preflight(request("OPTIONS", {{"origin", "https://a.example"}})));
  EXPECT_FALSE(answer_preflight(request("OPTIONS", {{"access-control-request-method", "POST"}})));
  EXPECT_FALSE(answer_preflight(
      request("POST", {{"origin", "https://a.example"}, {"access-control-request-method", "POST"}})));
}

TEST(Cors, LetsEveryOriginSeeTheAnswer) {
  HttpResponse response;
  allow_origin(request("POST", {{"origin", "null"}}), response);
  EXPECT_EQ(field(response, "access-control-allow-origin"), "null");
  EXPECT_EQ(field(response, "access-control-allow-credentials"), "true");
  EXPECT_EQ(field(response, "vary"), "Origin");
  const std::string exposed = field(response, "access-control-expose-headers");
  for (const char* name : {"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin", "X-Request-Id",
                           "X-Usermeta-Position", "Grpc-Encoding", "Content-Encoding"})
    EXPECT_NE(exposed.find(name), std::string::npos) << name;
}

TEST(Cors, SaysNothingToThoseWithoutAnOrigin) {
  HttpResponse response;
  allow_origin(request("POST", {}), response);
  EXPECT_TRUE(response.fields.empty());
}

}  // namespace
}  // namespace usermeta
