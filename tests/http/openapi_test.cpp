#include "http/openapi.hpp"

#include <algorithm>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "http/endpoints.hpp"
#include "http/json_codec.hpp"
#include "tests/http/whole_service.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using testing::IsSubsetOf;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return result;
}

std::string place(std::string_view method, std::string_view path) {
  return lower(method) + ' ' + std::string(path);
}

const Descriptor& answer_of(const Descriptor& request) {
  for (int i = 0; i < request.file()->service_count(); ++i)
    for (int j = 0; j < request.file()->service(i)->method_count(); ++j) {
      const auto* method = request.file()->service(i)->method(j);
      if (method->input_type() == &request) return *method->output_type();
    }
  throw std::logic_error("no call takes " + request.full_name());
}

// What is decoded and encoded again is the same but for members that the message does not know.
void expect_same(const json::value& example, google::protobuf::Message& message) {
  const std::string name = message.GetDescriptor()->full_name();
  // Protobuf's own reader: ours never has to read what only answers have.
  const auto read = google::protobuf::util::JsonStringToMessage(json::serialize(example), &message);
  ASSERT_TRUE(read.ok()) << name << ": " << read.ToString();
  EXPECT_EQ(json::parse(encode_json(message)), example) << name;
}

void collect_references(const json::value& value, std::set<std::string>& into) {
  if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      if (name == "$ref") into.emplace(member.as_string());
      collect_references(member, into);
    }
  } else if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) collect_references(element, into);
  }
}

class OpenapiTest : public testing::Test {
 protected:
  const json::object& operation(const Endpoint& endpoint) const {
    return document.at("paths").at(endpoint.path).at(lower(endpoint.method)).as_object();
  }
  const json::object& operation(std::string_view method, std::string_view path) const {
    return document.at("paths").at(path).at(method).as_object();
  }
  const json::value& schema(std::string_view name) const {
    return document.at("components").at("schemas").at(name);
  }

  const json::value document = json::parse(openapi_document());
};

TEST_F(OpenapiTest, HasEveryEndpointAndNothingElse) {
  std::set<std::string> expected{"get /debug/healthz",
                                 "get /debug/ready",
                                 "get /debug/metrics",
                                 "get /audit/checkpoint",
                                 "get /audit/tile/{level}/{index}",
                                 "get /audit/tile/entries/{index}"};
  for (const Endpoint& endpoint : endpoints()) expected.insert(place(endpoint.method, endpoint.path));
  std::set<std::string> found;
  for (const auto& [path, operations] : document.at("paths").as_object())
    for (const auto& [method, call] : operations.as_object()) found.insert(place(method, path));
  EXPECT_EQ(found, expected);
}

TEST_F(OpenapiTest, OperationIdsAreUnique) {
  std::set<std::string> ids;
  for (const Endpoint& endpoint : endpoints())
    EXPECT_TRUE(ids.emplace(operation(endpoint).at("operationId").as_string()).second) << endpoint.path;
  EXPECT_TRUE(ids.contains("management_v1_SetUserMetadata"));
  EXPECT_TRUE(ids.contains("user_v2_SetUserMetadata"));
}

TEST_F(OpenapiTest, EveryReferenceResolves) {
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), endpoints().size());
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    json::error_code error;
    EXPECT_TRUE(document.find_pointer(reference.substr(1), error)) << reference;
  }
}

TEST_F(OpenapiTest, EveryExampleIsItsCallsMessage) {
  auto& factory = *google::protobuf::MessageFactory::generated_factory();
  for (const Endpoint& endpoint : endpoints()) {
    const auto& call = operation(endpoint);
    const MessagePtr request = endpoint.new_request();
    EXPECT_EQ(call.contains("requestBody"), endpoint.source == Source::body) << endpoint.path;
    if (const auto* body = call.if_contains("requestBody")) {
      const auto& example = body->at("content").at("application/json").at("example");
      expect_same(example, *request);
    }
    const auto& example = call.at("responses").at("200").at("content").at("application/json").at("example");
    const MessagePtr answer(factory.GetPrototype(&answer_of(*request->GetDescriptor()))->New());
    expect_same(example, *answer);
  }
}

TEST_F(OpenapiTest, EveryPlaceholderIsAParameterAndNoMemberOfTheBody) {
  for (const Endpoint& endpoint : endpoints()) {
    const auto& call = operation(endpoint);
    std::string names;
    for (const json::value& parameter : call.at("parameters").as_array()) {
      const auto* in = parameter.as_object().if_contains("in");
      if (in && *in == "path") names += '{' + std::string(parameter.at("name").as_string()) + '}';
    }
    std::string wanted;
    bool inside = false;
    for (const char c : endpoint.path) {
      inside = inside || c == '{';
      if (inside) wanted += c;
      inside = inside && c != '}';
    }
    EXPECT_EQ(names, wanted) << endpoint.path;
  }
  EXPECT_EQ(schema("zitadel.management.v1.SetUserMetadataRequest").at("properties").as_object().size(), 1u);
}

TEST_F(OpenapiTest, DocumentsTheStatusesOfACall) {
  const std::set<std::string> possible{"200", "400", "401", "403", "404", "409", "413", "429", "503", "504"};
  for (const Endpoint& endpoint : endpoints()) {
    const auto& call = operation(endpoint);
    std::set<std::string> statuses;
    for (const auto& [status, response] : call.at("responses").as_object()) statuses.emplace(status);
    EXPECT_THAT(statuses, IsSubsetOf(possible)) << endpoint.path;
    EXPECT_EQ(statuses.contains("413"), endpoint.source == Source::body) << endpoint.path;
    EXPECT_EQ(statuses.contains("401"), !call.at("security").as_array().empty()) << endpoint.path;
    EXPECT_EQ(call.at("security").as_array().empty(), endpoint.path.ends_with("healthz")) << endpoint.path;
  }
  const auto& set = operation("post", "/management/v1/users/{id}/metadata/{key}").at("responses");
  const auto& examples = set.at("400").at("content").at("application/json").at("examples").as_object();
  EXPECT_EQ(examples.at("COMMAND-uXHNj").at("value").at("code"), 9);
  EXPECT_FALSE(set.as_object().contains("409"));
  EXPECT_TRUE(operation("post", "/management/v1/users/human").at("responses").as_object().contains("409"));
}

TEST_F(OpenapiTest, OnlyV1NamesAnOrganisation) {
  for (const Endpoint& endpoint : endpoints()) {
    const std::string parameters = json::serialize(operation(endpoint).at("parameters"));
    const bool named = parameters.find("#/components/parameters/Organisation") != std::string::npos;
    const bool v1 = !endpoint.path.starts_with("/v2/") && !endpoint.path.ends_with("healthz");
    EXPECT_EQ(named, v1) << endpoint.path;
  }
}

TEST_F(OpenapiTest, SchemasFollowTheJsonMapping) {
  const auto& set = schema("zitadel.management.v1.SetUserMetadataRequest");
  EXPECT_EQ(set.at("required"), json::array{"value"});
  EXPECT_EQ(set.at("properties").at("value").at("contentEncoding"), "base64");
  EXPECT_EQ(set.at("properties").at("value").at("minLength"), 2);
  EXPECT_EQ(set.at("properties").at("value").at("maxLength"), 666668);
  const auto& details = schema("zitadel.v1.ObjectDetails").at("properties");
  EXPECT_EQ(details.at("sequence").at("type"), "string");
  EXPECT_EQ(details.at("changeDate").at("format"), "date-time");
  const auto& page = schema("zitadel.filter.v2.PaginationRequest").at("properties");
  EXPECT_EQ(page.at("offset").at("type"), (json::array{"integer", "string", "null"}));
  EXPECT_EQ(page.at("limit").at("maximum"), 1000);
  const auto& gender =
      schema("zitadel.management.v1.AddHumanUserRequest.Profile").at("properties").at("gender");
  EXPECT_THAT(json::serialize(gender), testing::HasSubstr(R"("GENDER_DIVERSE",0,1,2,3,null])"));
  const auto& keys = operation("delete", "/v2/users/{user_id}/metadata").at("parameters").at(1);
  EXPECT_EQ(keys.at("name"), "keys");
  EXPECT_EQ(keys.at("in"), "query");
  EXPECT_EQ(keys.at("schema").at("minItems"), 1);
  EXPECT_EQ(keys.at("schema").at("items").at("maxLength"), 200);
}

TEST(OpenapiServiceTest, IsServedToAnyone) {
  WholeService service;
  service.token.clear();
  const auto answer = service.ask("GET", "/openapi.json");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.field("content-type"), "application/json");
  EXPECT_EQ(answer.body, openapi_document());
  EXPECT_EQ(service.ask("HEAD", "/openapi.json").status, 200u);
  const auto refused = service.ask("POST", "/openapi.json");
  EXPECT_EQ(refused.outcome(), "405 12");
  EXPECT_EQ(refused.field("allow"), "GET, HEAD");
}

}  // namespace
}  // namespace usermeta
