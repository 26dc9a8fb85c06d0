#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"

// /debug/*, and where it is served.

namespace usermeta {
namespace {

TEST(DebugCalls, NeedNoToken) {
  WholeService service;
  service.token.clear();
  const WholeService::Answer metrics = service.ask("GET", "/debug/metrics");
  EXPECT_EQ(metrics.status, 200U);
  EXPECT_EQ(metrics.body, "the metrics");
  EXPECT_EQ(metrics.field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const WholeService::Answer status = service.ask("GET", "/debug/status");
  EXPECT_EQ(status.outcome(), "200");
  EXPECT_EQ(status.body, R"({"the":"status"})");
  EXPECT_EQ(status.field("content-type"), "application/json");
  const WholeService::Answer health = service.ask("GET", "/debug/healthz");
  EXPECT_EQ(health.status, 200U);
  EXPECT_EQ(health.body, "ok");
  EXPECT_EQ(health.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(service.ask("GET", "/debug/ready").outcome(), "200");
  service.trouble = "the database does not answer";
  const WholeService::Answer ready = service.ask("GET", "/debug/ready");
  EXPECT_EQ(ready.outcome(), "503 14");
  EXPECT_EQ(ready.text("/message"), service.trouble);
  EXPECT_EQ(service.ask("HEAD", "/debug/ready").outcome(), "503 14");
  EXPECT_EQ(service.ask("GET", "/debug/healthz").outcome(), "200");
  EXPECT_EQ(service.ask("GET", "/debug/nope").outcome(), "404 5");
  EXPECT_EQ(service.ask("GET", "/debug/healthz/").outcome(), "404 5");
  EXPECT_EQ(service.ask("POST", "/debug/healthz").outcome(), "405 12");
  EXPECT_EQ(service.ask("POST", "/debug/ready").field("allow"), "GET, HEAD");
}

TEST(DebugCalls, WhatIsServedElsewhereIsAnUnknownPath) {
  const std::string set = "/zitadel.management.v1.ManagementService/SetUserMetadata";
  const std::string watch = "/grpc.health.v1.Health/Watch";
  const auto streamed = [&](WholeService& service) {
    return service.calls().is_streamed(
        service.request("POST", watch, "", {{"content-type", "application/grpc"}}), HttpVersion::http2);
  };
  WholeService calls({.serves = CallService::Serves::calls});
  EXPECT_EQ(calls.ask("GET", "/debug/healthz").outcome(), "404 5");
  EXPECT_EQ(calls.ask("GET", "/debug/ready").outcome(), "404 5");
  EXPECT_EQ(calls.ask("POST", "/debug/metrics").outcome(), "404 5");
  EXPECT_EQ(calls.ask("GET", "/debug/status").outcome(), "404 5");
  EXPECT_EQ(calls.ask("GET", "/openapi.json").outcome(), "200");
  EXPECT_EQ(calls.ask("GET", "/management/v1/healthz").outcome(), "200");
  EXPECT_TRUE(streamed(calls));
  WholeService debug({.serves = CallService::Serves::debug});
  EXPECT_EQ(debug.ask("GET", "/debug/metrics").outcome(), "200");
  EXPECT_EQ(debug.ask("GET", "/debug/status").outcome(), "200");
  EXPECT_EQ(debug.ask("POST", "/debug/metrics").outcome(), "405 12");
  EXPECT_EQ(debug.ask("GET", "/openapi.json").outcome(), "404 5");
  for (const std::string method : {"GET", "PUT"})
    EXPECT_EQ(debug.ask(method, "/management/v1/healthz").outcome(), "404 5");
  EXPECT_EQ(debug.ask("POST", set, "", {{"content-type", "application/json"}}).status, 404U);
  EXPECT_FALSE(streamed(debug));
}

}  // namespace
}  // namespace usermeta
