// The same calls in every wire format: what a call means and answers is the same in all of them.

#include "http/wire_format.hpp"

#include <gtest/gtest.h>

#include "events/base64.hpp"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "http/grpc.hpp"
#include "http/json_codec.hpp"
#include "tests/http/wire.hpp"

namespace usermeta {
namespace {

const std::string kV1 = "/zitadel.management.v1.ManagementService/";
const std::string kV2 = "/zitadel.user.v2.UserService/";

management::SetUserMetadataRequest set_request(const std::string& id, const std::string& key) {
  management::SetUserMetadataRequest request;
  request.set_id(id);
  request.set_key(key);
  request.set_value("v");
  return request;
}

struct Case {
  std::string method, path, procedure;  // the REST call, and its procedure
  MessagePtr request;
  std::string token;
  std::string outcome;
};

template <class Request>
MessagePtr owned(Request request) {
  return std::make_unique<Request>(std::move(request));
}

std::vector<Case> cases(WholeService& service, const std::string& user) {
  const std::string viewer = service.add_caller("viewer", "ORG_OWNER_VIEWER");
  const std::string admin = service.admin_token;
  const std::string users = "/management/v1/users/";
  management::GetUserMetadataRequest get;
  get.set_id(user);
  get.set_key("unknown");
  management::BulkSetUserMetadataRequest nothing;
  nothing.set_id(user);
  v2::SetUserMetadataRequest set_v2;
  set_v2.set_user_id("9");
  set_v2.add_metadata()->set_key("k");
  set_v2.mutable_metadata(0)->set_value("v");
  management::AddOrgRequest org;
  org.set_name("org");
  const std::string long_key(201, 'k');
  const auto set = [&](const std::string& id, const std::string& key, const std::string& token,
                       const std::string& outcome) {
    return Case{
        "POST", users + id + "/metadata/" + key, kV1 + "SetUserMetadata", owned(set_request(id, key)), token,
        outcome};
  };
  std::vector<Case> all;
  all.push_back(set(user, "k", admin, "0"));
  all.push_back(set("9", "k", admin, "9 COMMAND-uXHNj"));
  all.push_back(set(user, long_key, admin, "3"));
  all.push_back(set(user, "k", "", "16"));
  all.push_back(set(user, "k", "x", "16 AUTH-7fs1e"));
  all.push_back(set(user, "k", viewer, "7 AUTH-5mWD2"));
  all.push_back({"GET", users + user + "/metadata/unknown", kV1 + "GetUserMetadata", owned(get), admin,
                 "5 QUERY-Rgh32"});
  all.push_back({"POST", users + user + "/metadata/_bulk", kV1 + "BulkSetUserMetadata", owned(nothing), admin,
                 "9 META-9mm2d"});
  all.push_back({"POST", "/management/v1/orgs", kV1 + "AddOrg", owned(org), admin, "6 V3-DKcYh"});
  all.push_back(
      {"POST", "/v2/users/9/metadata", kV2 + "SetUserMetadata", owned(set_v2), admin, "9 COMMAND-uXHNj"});
  return all;
}

TEST(WireFormat, GivesTheSameAnswerInEveryFormat) {
  WholeService service;
  const std::string user = service.add_machine("user");
  for (const Case& wanted : cases(service, user)) {
    service.token = wanted.token;
    const std::string json = encode_json(*wanted.request);
    const auto rest = service.ask(wanted.method, wanted.path, wanted.method == "GET" ? "" : json);
    for (const std::string& type : wire_content_types()) {
      SCOPED_TRACE(type + " " + wanted.procedure + " " + wanted.outcome);
      const WireAnswer answer = ask_wire(service, type, wanted.procedure, *wanted.request);
      EXPECT_EQ(answer.outcome(), wanted.outcome);
      if (answer.code == 0) {
        EXPECT_EQ(rest.status, 200U);
        management::SetUserMetadataResponse read;
        if (type.ends_with("json"))
          EXPECT_FALSE(decode_json(answer.payload, read));
        else
          EXPECT_TRUE(read.ParseFromString(answer.payload));
        EXPECT_EQ(encode_json(read), rest.body);
      } else {
        EXPECT_EQ(std::to_string(answer.code), rest.text("/code"));
        EXPECT_EQ(answer.message, rest.text("/message"));
      }
    }
  }
}

TEST(WireFormat, ARestPathTakesFramedMessagesAndWinsOverThem) {
  WholeService service;
  const std::string user = service.add_machine("user");
  const std::string path = "/management/v1/users/" + user + "/metadata/";
  for (const std::string& type : wire_content_types()) {
    if (!type.starts_with("application/grpc")) continue;
    SCOPED_TRACE(type);
    std::string key = "k";
    for (const char c : type) key += c == '/' || c == '+' ? '-' : c;
    const std::string body = wire_body(type, set_request("9", "other"));
    const auto answer = service.ask("POST", path + key, body, {{"content-type", type + "; charset=utf-8"}});
    EXPECT_EQ(wire_answer(type, answer).outcome(), "0");
    EXPECT_EQ(service.ask("GET", path + key).text("/metadata/value"), "dg==");
    EXPECT_EQ(service.ask("GET", path + "other").status, 404U);
    const auto refused =
        service.ask("POST", "/management/v1/users/9/metadata/k", body, {{"content-type", type}});
    EXPECT_EQ(wire_answer(type, refused).outcome(), "9 COMMAND-uXHNj");
    management::ListUserMetadataRequest list;
    const auto listed =
        service.ask("POST", path + "_search", wire_body(type, list), {{"content-type", type}});
    EXPECT_EQ(wire_answer(type, listed).outcome(), "0");
  }
}

TEST(WireFormat, ARestPathReadsAnyOtherTypeAsJson) {
  WholeService service;
  const std::string path = "/management/v1/users/" + service.admin_id + "/metadata/k";
  for (const char* type : {"", "text/plain", "application/proto", "application/grpcx", "x"})
    EXPECT_EQ(service.ask("POST", path, kSetBody, {{"content-type", type}}).outcome(), "200") << type;
  EXPECT_EQ(service.ask("GET", path, "", {{"content-type", "application/grpc"}}).text("/metadata/value"),
            "MQ==");
}

TEST(WireFormat, TrailersAreWhereTheProtocolHasThem) {
  Fields trailers;
  trailers.add("x-one", "1");
  trailers.add("x-one", "2");
  const HttpRequest request;
  const auto all = [&](std::string_view type) {
    const WireFormat& format = *procedure_format(type);
    return std::vector{write_answer(format, request, management::SetUserMetadataResponse(), trailers),
                       write_failure(format, {kNotFound, {}, "none"}, trailers)};
  };
  for (const HttpResponse& response : all("application/grpc")) {
    EXPECT_EQ(response.trailers.find("x-one"), "1");
    EXPECT_TRUE(response.trailers.find("grpc-status"));
    EXPECT_FALSE(response.fields.find("x-one"));
  }
  for (const HttpResponse& response : all("application/grpc-web")) {
    EXPECT_TRUE(response.body.ends_with("x-one: 1\r\nx-one: 2\r\n")) << response.body;
    EXPECT_TRUE(response.trailers.empty());
  }
  for (const HttpResponse& response : all("application/proto")) {
    EXPECT_EQ(response.fields.find("trailer-x-one"), "1");
    EXPECT_TRUE(response.trailers.empty());
  }
}

TEST(WireFormat, AMessageMayHaveAsManyBytesAsIsSaid) {
  const std::string message = set_request("1", "k").SerializeAsString();
  management::SetUserMetadataRequest read;
  for (const auto& [type, body] :
       {std::pair("application/grpc", framed(message)), {"application/proto", message}}) {
    HttpRequest request;
    request.body = body;
    const WireFormat& format = *procedure_format(type);
    EXPECT_FALSE(read_body(format, request, read, message.size())) << type;
    const auto wrong = read_body(format, request, read, message.size() - 1);
    EXPECT_EQ(wrong ? wrong->code : 0, kResourceExhausted) << type;
  }
}

TEST(WireFormat, FailuresMayHaveDetailsOfTheirOwn) {
  const Failure failure{kNotFound, "ID", "text", {{"a.B", "xyz"}}};
  google::rpc::Status status;
  const Fields fields = grpc_status(failure);
  const std::string text(fields.find("grpc-status-details-bin").value_or(""));
  ASSERT_TRUE(status.ParseFromString(from_base64(text).value_or("")));
  ASSERT_EQ(status.details_size(), 2);
  EXPECT_EQ(status.details(0).type_url(), "type.googleapis.com/zitadel.v1.ErrorDetail");
  EXPECT_EQ(status.details(1).type_url(), "type.googleapis.com/a.B");
  EXPECT_EQ(status.details(1).value(), "xyz");
  const std::string json = write_failure(kConnect, {kNotFound, {}, "text", failure.details}).body;
  EXPECT_EQ(json, R"({"code":"not_found","message":"text","details":[{"type":"a.B","value":"eHl6"}]})");
}

TEST(WireFormat, AProceduresTypeIsReadWithoutCaseAndParameters) {
  EXPECT_EQ(procedure_format("Application/GRPC-Web+Proto ; x=y")->protocol, Protocol::grpc_web);
  EXPECT_EQ(procedure_format("application/json; charset=utf-8")->protocol, Protocol::connect);
  for (const char* type :
       {"", "text/plain", "application/grpcx", "application/grpc+xml", "application/x-json"})
    EXPECT_FALSE(procedure_format(type)) << type;
  EXPECT_FALSE(procedure_format(std::nullopt));
}

TEST(WireFormat, EveryUnknownProcedureIsUnimplemented) {
  WholeService service;
  for (const std::string& type : wire_content_types())
    for (const std::string& path :
         {kV1 + "Nope", std::string("/some.Service/SetUserMetadata"), kV2 + "set"}) {
      SCOPED_TRACE(type + " " + path);
      HttpRequest header = service.request("POST", path, "", {{"content-type", type}});
      const auto early = service.calls().answer_header(header);
      ASSERT_TRUE(early);
      EXPECT_EQ(early->status, type.starts_with("application/grpc") ? 200U : 404U);
      EXPECT_EQ(wire_answer(type, service.ask("POST", path, "", {{"content-type", type}})).outcome(), "12");
    }
  // A path that no procedure can have is unknown to gRPC as well.
  const auto nowhere = service.ask("POST", "/nope", "", {{"content-type", "application/grpc"}});
  EXPECT_EQ(wire_answer("application/grpc", nowhere).outcome(), "12");
}

TEST(WireFormat, ABodyThatSaysThatItIsTooLongIsRefusedByTheHeader) {
  WholeService service;
  const auto longest = [](const std::string& type) -> std::size_t {
    if (type.starts_with("application/grpc-web-text")) return 5'592'412;  // base64 of the next
    return type.starts_with("application/grpc") ? 4'194'309 : 4'194'304;
  };
  for (const std::string& type : wire_content_types())
    for (const std::string& length : {std::to_string(longest(type) + 1), std::string(30, '9')}) {
      const auto answer = service.ask("POST", kV1 + "SetUserMetadata", "",
                                      {{"content-type", type}, {"content-length", length}});
      EXPECT_EQ(wire_answer(type, answer).outcome(), "8") << type;
      EXPECT_EQ(answer.status, type.starts_with("application/grpc") ? 200U : 413U);
    }
  for (const std::string& type : wire_content_types())
    EXPECT_FALSE(service.calls().answer_header(
        service.request("POST", kV1 + "SetUserMetadata", "",
                        {{"content-type", type}, {"content-length", std::to_string(longest(type))}})))
        << type;
}

TEST(WireFormat, OutagesAndMistakesAreAnsweredInTheFormat) {
  WholeService service;
  service.next_id = []() -> std::string { throw std::logic_error("a secret reason"); };
  management::AddOrgRequest org;
  org.set_name("a");
  for (const std::string& type : wire_content_types())
    EXPECT_EQ(ask_wire(service, type, kV1 + "AddOrg", org).outcome(), "13") << type;
  service.cut_off_queries();
  management::GetUserMetadataRequest get;
  get.set_id(service.admin_id);
  get.set_key("k");
  for (const std::string& type : wire_content_types())
    EXPECT_EQ(ask_wire(service, type, kV1 + "GetUserMetadata", get).outcome(), "14") << type;
}

TEST(WireFormat, EveryAnswerHasItsRequestIdAndItsRecord) {
  WholeService service;
  service.records.clear();
  for (const std::string& type : wire_content_types()) {
    const auto answer = service.ask("POST", kV1 + "SetUserMetadata", wire_body(type, set_request("9", "k")),
                                    {{"content-type", type}, {"x-request-id", "r1"}});
    EXPECT_EQ(answer.field("x-request-id"), "r1") << type;
    ASSERT_FALSE(service.records.empty());
    EXPECT_EQ(service.records.back().path, kV1 + "SetUserMetadata");
  }
  EXPECT_EQ(service.records.size(), wire_content_types().size());
}

TEST(WireFormat, HealthIsReadinessInEveryFormatAndNeedsNoToken) {
  using grpc::health::v1::HealthCheckResponse;
  WholeService service;
  service.token.clear();
  const std::string check = "/grpc.health.v1.Health/Check";
  const auto ask = [&](const std::string& type, const std::string& name) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    const WireAnswer answer = ask_wire(service, type, check, request);
    HealthCheckResponse read;
    if (type.ends_with("json"))
      EXPECT_FALSE(decode_json(answer.payload, read));
    else
      EXPECT_TRUE(read.ParseFromString(answer.payload));
    return answer.outcome() + " " + HealthCheckResponse::ServingStatus_Name(read.status());
  };
  for (const std::string& type : wire_content_types()) {
    SCOPED_TRACE(type);
    service.trouble.clear();
    for (const char* name : {"", "zitadel.management.v1.ManagementService", "grpc.health.v1.Health"})
      EXPECT_EQ(ask(type, name), "0 SERVING");
    for (const char* name : {"zitadel.management.v1", "no.Service", "zitadel"})
      EXPECT_EQ(ask(type, name), "5 UNKNOWN");
    service.trouble = "the database does not answer";
    EXPECT_EQ(ask(type, ""), "0 NOT_SERVING");
  }
  EXPECT_EQ(service.ask("GET", check).status, 405U);
}

}  // namespace
}  // namespace usermeta
