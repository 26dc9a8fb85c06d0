#include "http/call_record.hpp"

#include <set>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gmock/gmock.h>

#include "tests/http/scripted_stream.hpp"
#include "tests/http/wire.hpp"
#include "zitadel/management.pb.h"

// Every answer is counted once: by call, format and status.

namespace usermeta {
namespace {

using testing::ElementsAre;

const std::string kManagementCall = "zitadel.management.v1.ManagementService/";

std::string describe(const CallRecord& call) {
  static const char* const kProtocols[] = {"rest", "grpc", "grpc_web", "grpc_web_text", "connect"};
  std::string text = call_names()[call.call] + " ";
  text += call.protocol ? kProtocols[static_cast<std::size_t>(*call.protocol)] : "none";
  text += " " + std::to_string(call.status);
  if (call.grpc_code) text += "/" + std::to_string(*call.grpc_code);
  return call.time ? text : text + " streamed";
}

class CallRecordTest : public testing::Test {
 protected:
  // What was counted since the last call.
  std::vector<std::string> counted() {
    std::vector<std::string> all;
    for (const CallRecord& call : std::exchange(service.call_records, {})) all.push_back(describe(call));
    return all;
  }
  std::string path(const std::string& key) const {
    return "/management/v1/users/" + service.admin_id + "/metadata/" + key;
  }
  WholeService service;
};

TEST_F(CallRecordTest, RestCallsAreNamedByTheirProcedure) {
  service.ask("POST", path("k"), kSetBody);
  service.ask("GET", path("k"));
  service.ask("HEAD", path("none"));
  service.ask("POST", "/v2/users/" + service.admin_id + "/metadata", "{");
  EXPECT_THAT(counted(), ElementsAre(kManagementCall + "SetUserMetadata rest 200",
                                     kManagementCall + "GetUserMetadata rest 200",
                                     kManagementCall + "GetUserMetadata rest 404",
                                     "zitadel.user.v2.UserService/SetUserMetadata rest 400"));
}

TEST_F(CallRecordTest, InGrpcsFormatsTheCodeIsCountedToo) {
  zitadel::management::v1::GetUserMetadataRequest get;
  get.set_id(service.admin_id);
  get.set_key("none");
  const std::string procedure = "/" + kManagementCall + "GetUserMetadata";
  service.ask("POST", path("none"), kSetBody);
  service.call_records.clear();
  for (const std::string type :
       {"application/grpc", "application/grpc-web", "application/grpc-web-text", "application/proto"}) {
    ask_wire(service, type, procedure, get);
    service.ask("POST", procedure, "no message", {{"content-type", type}});
  }
  const std::string name = kManagementCall + "GetUserMetadata ";
  EXPECT_THAT(counted(),
              ElementsAre(name + "grpc 200/0", name + "grpc 200/13", name + "grpc_web 200/0",
                          name + "grpc_web 200/13", name + "grpc_web_text 200/0",
                          name + "grpc_web_text 200/3", name + "connect 200", name + "connect 400"));
}

TEST_F(CallRecordTest, AnswersOfTheHeaderAloneAreCountedToo) {
  service.ask("PUT", path("k"));
  service.ask("GET", "/nope");
  service.ask("POST", "/nope", "", {{"content-type", "application/grpc"}});
  service.ask("POST", "/some.Service/Nope", "", {{"content-type", "application/json"}});
  service.ask("GET", "/" + kManagementCall + "SetUserMetadata");
  service.ask("POST", "/" + kManagementCall + "SetUserMetadata", "", {{"content-type", "text/plain"}});
  service.ask("OPTIONS", path("k"), "", {{"origin", "o"}, {"access-control-request-method", "POST"}});
  service.ask("POST", "/" + kManagementCall + "SetUserMetadata", "",
              {{"content-type", "application/grpc"}, {"content-length", "99999999"}});
  EXPECT_THAT(counted(), ElementsAre("unrouted rest 405", "unrouted rest 404", "unrouted grpc 200/12",
                                     "unrouted connect 404", kManagementCall + "SetUserMetadata none 405",
                                     kManagementCall + "SetUserMetadata none 415", "preflight rest 204",
                                     kManagementCall + "SetUserMetadata grpc 200/8"));
}

TEST_F(CallRecordTest, OurOwnPathsHaveTheirNames) {
  for (const std::string own :
       {"/debug/healthz", "/debug/ready", "/debug/metrics", "/debug/status", "/openapi.json",
        "/audit/checkpoint", "/audit/tile/0/000", "/audit/tile/entries/000"})
    service.ask("GET", own);
  service.ask("POST", "/debug/ready");
  const std::string check = "/grpc.health.v1.Health/Check";
  service.ask("POST", check, framed(""), {{"content-type", "application/grpc"}});
  EXPECT_THAT(counted(),
              ElementsAre("debug/healthz rest 200", "debug/ready rest 200", "debug/metrics rest 200",
                          "debug/status rest 200", "openapi.json rest 200", "audit/checkpoint rest 404",
                          "audit/tile rest 404", "audit/tile/entries rest 404", "debug/ready rest 405",
                          "grpc.health.v1.Health/Check grpc 200/0"));
}

TEST_F(CallRecordTest, WhatTheTransportRefusesIsCountedToo) {
  const auto refuse = [&](const std::string& type, const Rejection& why) {
    service.calls().refuse(service.request("POST", path("k"), "", {{"content-type", type}}), why);
  };
  refuse("application/json", rejections::body_too_large);
  refuse("application/grpc", rejections::body_too_large);
  service.calls().refuse({}, rejections::bad_request_line);
  EXPECT_THAT(counted(), ElementsAre(kManagementCall + "SetUserMetadata rest 413",
                                     kManagementCall + "SetUserMetadata grpc 200/8", "unrouted rest 400"));
}

TEST_F(CallRecordTest, AStreamedCallIsCountedAtItsEndWithoutATime) {
  const HttpRequest head =
      service.request("POST", "/grpc.health.v1.Health/Watch", "", {{"content-type", "application/grpc"}});
  boost::asio::io_context context;
  ScriptedStream silent;
  run_coroutine(context, service.calls().serve_stream(head, silent));
  ScriptedStream gone;
  gone.say(framed(""));
  gone.on_pause = [](auto) -> bool {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  };
  EXPECT_THROW(run_coroutine(context, service.calls().serve_stream(head, gone)), boost::system::system_error);
  HttpRequest asking = head;
  asking.target = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  ScriptedStream asked;
  run_coroutine(context, service.calls().serve_stream(asking, asked));
  EXPECT_THAT(counted(),
              ElementsAre("grpc.health.v1.Health/Watch grpc 200/12 streamed",
                          "grpc.health.v1.Health/Watch grpc 200/1 streamed",
                          "grpc.reflection.v1.ServerReflection/ServerReflectionInfo grpc 200/0 streamed"));
}

TEST_F(CallRecordTest, ARefusalForWantOfRoomIsCountedAndNoOther) {
  service.calls().refuse(service.request("POST", path("k"), ""), rejections::body_too_large);
  EXPECT_EQ(service.calls().refused(), 0U);
  service.calls().refuse(service.request("POST", path("k"), ""), rejections::too_much_data);
  EXPECT_EQ(service.calls().refused(), 1U);
  service.calls().refuse(service.request("POST", path("k"), "", {{"content-type", "application/grpc"}}),
                         rejections::too_much_data);
  EXPECT_EQ(service.calls().refused(), 2U);
}

TEST(CallRecordOfFew, ARefusalForWantOfRoomIsCountedWhereverItIsMade) {
  WholeService service({.pending_commands = 1, .trusted_proxies = {}, .messages_bytes = 10'000});
  const std::string path = "/management/v1/users/" + service.admin_id + "/metadata/";
  service.ask_all(
      {service.request("POST", path + "a", kSetBody), service.request("POST", path + "b", kSetBody)});
  EXPECT_EQ(service.calls().refused(), 1U);
  EXPECT_EQ(service.ask("POST", path + "a", R"({"value":")" + std::string(8000, 'A') + "\"}").status, 429U);
  EXPECT_EQ(service.calls().refused(), 2U);
}

TEST(CallNames, AreAllDifferentAndFew) {
  const std::set<std::string> all(call_names().begin(), call_names().end());
  EXPECT_EQ(all.size(), call_names().size());
  EXPECT_LT(all.size(), endpoints().size() + 20);
  EXPECT_FALSE(all.contains(""));
}

}  // namespace
}  // namespace usermeta
