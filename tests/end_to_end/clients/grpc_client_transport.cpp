// What gRPC has around a call: packing, limits, deadlines, metadata, many calls at a time, health, a stop.

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/end_to_end/clients/grpc_client.hpp"

namespace usermeta {
namespace {

TEST_F(Grpc, AnyKeyAndAnyBytes) {
  const std::string key = "ключ/🔑 _bulk?%2F&";
  std::string value(256, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i);
  EXPECT_TRUE(set(key, value).ok());
  EXPECT_EQ(get(key), value);
}

TEST_F(Grpc, PackedBothWays) {
  grpc::ChannelArguments arguments;
  arguments.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  const auto packing = ManagementService::NewStub(new_channel(arguments));
  const std::string value(500'000, 'x');
  SetUserMetadataRequest request;
  request.set_id(user);
  request.set_key("grpc++ packed");
  request.set_value(value);
  done(*packing, &ManagementStub::SetUserMetadata, request);
  EXPECT_EQ(get("grpc++ packed"), value);
}

TEST_F(Grpc, AMessageOver4MiBIsRefused) {
  BulkSetUserMetadataRequest request;
  request.set_id(user);
  for (int i = 0; i < 9; ++i) {
    auto* entry = request.add_metadata();
    entry->set_key("grpc++ large " + std::to_string(i));
    entry->set_value(std::string(500'000, 'x'));
  }
  BulkSetUserMetadataResponse answer;
  const Status status = call(*management, &ManagementStub::BulkSetUserMetadata, request, answer);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  request.mutable_metadata()->RemoveLast();
  EXPECT_TRUE(call(*management, &ManagementStub::BulkSetUserMetadata, request, answer).ok());
}

TEST_F(Grpc, MetadataOfTheCall) {
  ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  context.AddMetadata("x-request-id", "from-grpc");
  context.AddMetadata("trace-bin", std::string("\0\x01\xff", 3));
  ListUserMetadataResponse answer;
  EXPECT_TRUE(management->ListUserMetadata(&context, of<ListUserMetadataRequest>(user), &answer).ok());
  const auto& fields = context.GetServerInitialMetadata();
  const auto found = fields.find("x-request-id");
  ASSERT_NE(found, fields.end());
  EXPECT_EQ(found->second, "from-grpc");
}

TEST_F(Grpc, ADeadlineEndsACallOrNothingDoes) {
  for (int i = 0; i < 100; ++i) {
    ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::microseconds(50 * i));
    ListUserMetadataResponse answer;
    const Status status = management->ListUserMetadata(&context, of<ListUserMetadataRequest>(user), &answer);
    EXPECT_TRUE(status.ok() || status.error_code() == StatusCode::DEADLINE_EXCEEDED)
        << status.error_code() << ' ' << status.error_message();
  }
}

TEST_F(Grpc, ManyCallsAtATimeOnOneConnection) {
  struct Pending {
    ClientContext context;
    SetUserMetadataResponse answer;
    Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<SetUserMetadataResponse>> reader;
  };
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Pending>> all;
  for (int i = 0; i < 1000; ++i) {
    auto& pending = *all.emplace_back(std::make_unique<Pending>());
    pending.context.AddMetadata("authorization", "Bearer " + token);
    SetUserMetadataRequest request;
    request.set_id(user);
    request.set_key("grpc++ many " + std::to_string(i % 10));
    request.set_value(std::to_string(i));
    pending.reader = management->AsyncSetUserMetadata(&pending.context, request, &queue);
    pending.reader->Finish(&pending.answer, &pending.status, &pending);
  }
  for (std::size_t left = all.size(); left > 0; --left) {
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    const Status& status = static_cast<Pending*>(tag)->status;
    EXPECT_TRUE(status.ok()) << status.error_code() << ' ' << status.error_message();
  }
  queue.Shutdown();
}

TEST_F(Grpc, Health) {
  using Health = grpc::health::v1::Health::Stub;
  const auto health = grpc::health::v1::Health::NewStub(channel);
  grpc::health::v1::HealthCheckRequest request;
  for (const char* service : {"", "zitadel.management.v1.ManagementService", "zitadel.user.v2.UserService"}) {
    request.set_service(service);
    EXPECT_EQ(done(*health, &Health::Check, request).status(),
              grpc::health::v1::HealthCheckResponse::SERVING);
  }
  request.set_service("no.such.Service");
  grpc::health::v1::HealthCheckResponse answer;
  EXPECT_EQ(call(*health, &Health::Check, request, answer).error_code(), StatusCode::NOT_FOUND);
}

// Run by itself: whoever runs it stops the service after the line "going". Until then, and for what was
// under way, every call succeeds; after that the service is unavailable, and nothing else.
using Stop = Grpc;
TEST_F(Stop, DISABLED_EndsInOrder) {
  std::atomic<int> count = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([this, &count, key = "grpc++ stop " + std::to_string(i)] {
      Status status;
      for (int number = 0; status.ok(); ++number) {
        status = set(key, std::to_string(number));
        if (++count != 200) continue;
        std::puts("going");
        std::fflush(stdout);
      }
      EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << status.error_message();
    });
  }
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace usermeta
