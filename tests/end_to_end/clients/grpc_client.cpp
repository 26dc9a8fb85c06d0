// grpc++, gRPC's own C++ library, against a service that runs. In the environment: USERMETA_ADDRESS,
// USERMETA_TOKEN, USERMETA_USER (somebody to set metadata on) and, for TLS, USERMETA_CA (a PEM file).

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "zitadel/admin.grpc.pb.h"
#include "zitadel/management.grpc.pb.h"
#include "zitadel/user/v2/user_service.grpc.pb.h"

namespace usermeta {
namespace {

using namespace zitadel::management::v1;
using namespace std::chrono_literals;
namespace user_v2 = zitadel::user::v2;
using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;
using testing::HasSubstr;
using ManagementStub = ManagementService::Stub;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::shared_ptr<grpc::ChannelCredentials> credentials() {
  const std::string ca = variable("USERMETA_CA");
  if (ca.empty()) return grpc::InsecureChannelCredentials();
  std::ifstream file(ca);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> new_channel(grpc::ChannelArguments arguments = {}) {
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own for each channel
  return grpc::CreateCustomChannel(variable("USERMETA_ADDRESS"), credentials(), arguments);
}

class Grpc : public testing::Test {
 protected:
  // One call of a stub's method; the answer stays in `answer` of the right type.
  template <class Stub, class Request, class Answer>
  Status call(Stub& stub, Status (Stub::*method)(ClientContext*, const Request&, Answer*),
              const Request& request, Answer& answer) {
    ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    if (!org.empty()) context.AddMetadata("x-zitadel-orgid", org);
    context.set_deadline(std::chrono::system_clock::now() + 60s);
    return (stub.*method)(&context, request, &answer);
  }

  template <class Stub, class Request, class Answer>
  Answer done(Stub& stub, Status (Stub::*method)(ClientContext*, const Request&, Answer*),
              const Request& request) {
    Answer answer;
    const Status status = call(stub, method, request, answer);
    EXPECT_TRUE(status.ok()) << status.error_code() << ' ' << status.error_message();
    return answer;
  }

  Status set(const std::string& key, const std::string& value, const std::string& of = "") {
    SetUserMetadataRequest request;
    request.set_id(of.empty() ? user : of);
    request.set_key(key);
    request.set_value(value);
    SetUserMetadataResponse answer;
    return call(*management, &ManagementStub::SetUserMetadata, request, answer);
  }

  std::string get(const std::string& key) {
    GetUserMetadataRequest request;
    request.set_id(user);
    request.set_key(key);
    return done(*management, &ManagementStub::GetUserMetadata, request).metadata().value();
  }

  template <class Request>
  static Request of(const std::string& id) {
    Request request;
    request.set_id(id);
    return request;
  }

  const std::string user = variable("USERMETA_USER");
  std::string token = variable("USERMETA_TOKEN");
  std::string org;
  const std::shared_ptr<grpc::Channel> channel = new_channel();
  const std::unique_ptr<ManagementStub> management = ManagementService::NewStub(channel);
};

TEST_F(Grpc, MetadataFromSetToRemove) {
  SetUserMetadataRequest request;
  request.set_id(user);
  request.set_key("grpc++");
  request.set_value("one");
  const auto set = done(*management, &ManagementStub::SetUserMetadata, request);
  EXPECT_EQ(set.id(), user);
  EXPECT_GT(set.details().sequence(), 0U);
  EXPECT_EQ(set.details().creation_date().seconds(), set.details().change_date().seconds());
  EXPECT_EQ(get("grpc++"), "one");

  BulkSetUserMetadataRequest bulk;
  bulk.set_id(user);
  for (const char* key : {"grpc++ a", "grpc++ b"}) {
    auto* entry = bulk.add_metadata();
    entry->set_key(key);
    entry->set_value(key);
  }
  done(*management, &ManagementStub::BulkSetUserMetadata, bulk);

  ListUserMetadataRequest list;
  list.set_id(user);
  auto* query = list.add_queries()->mutable_key_query();
  query->set_key("grpc++ ");
  query->set_method(zitadel::v1::TEXT_QUERY_METHOD_STARTS_WITH);
  const auto listed = done(*management, &ManagementStub::ListUserMetadata, list);
  ASSERT_EQ(listed.result_size(), 2);
  EXPECT_EQ(listed.result(1).value(), "grpc++ b");
  EXPECT_EQ(listed.details().total_result(), 2U);

  RemoveUserMetadataRequest remove;
  remove.set_id(user);
  remove.set_key("grpc++");
  done(*management, &ManagementStub::RemoveUserMetadata, remove);
  BulkRemoveUserMetadataRequest rest;
  rest.set_id(user);
  rest.add_keys("grpc++ a");
  rest.add_keys("grpc++ b");
  done(*management, &ManagementStub::BulkRemoveUserMetadata, rest);
  EXPECT_EQ(done(*management, &ManagementStub::ListUserMetadata, list).result_size(), 0);
}

TEST_F(Grpc, UsersOrganisationsAndTokens) {
  const std::string name =
      "grpc-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  AddOrgRequest add_org;
  add_org.set_name(name);
  org = done(*management, &ManagementStub::AddOrg, add_org).id();

  AddHumanUserRequest human;
  human.set_user_name(name + "-human");
  human.mutable_profile()->set_first_name("Ada");
  human.mutable_profile()->set_last_name("Byron");
  human.mutable_email()->set_email("ada@example.com");
  const std::string id = done(*management, &ManagementStub::AddHumanUser, human).user_id();
  EXPECT_TRUE(set("a", "1", id).ok());
  done(*management, &ManagementStub::LockUser, of<LockUserRequest>(id));
  done(*management, &ManagementStub::UnlockUser, of<UnlockUserRequest>(id));

  ImportHumanUserRequest imported;
  imported.set_user_name(name + "-imported");
  *imported.mutable_profile()->mutable_first_name() = "Ada";
  *imported.mutable_profile()->mutable_last_name() = "Byron";
  imported.mutable_email()->set_email("ada@example.com");
  imported.mutable_email()->set_is_email_verified(true);
  const std::string other = done(*management, &ManagementStub::ImportHumanUser, imported).user_id();
  done(*management, &ManagementStub::DeactivateUser, of<DeactivateUserRequest>(other));
  done(*management, &ManagementStub::ReactivateUser, of<ReactivateUserRequest>(other));

  AddMachineUserRequest machine;
  machine.set_user_name(name + "-machine");
  machine.set_name("machine");
  const std::string bot = done(*management, &ManagementStub::AddMachineUser, machine).user_id();
  AddOrgMemberRequest member;
  member.set_user_id(bot);
  member.add_roles("ORG_OWNER");
  done(*management, &ManagementStub::AddOrgMember, member);
  AddPersonalAccessTokenRequest add_token;
  add_token.set_user_id(bot);
  const auto made = done(*management, &ManagementStub::AddPersonalAccessToken, add_token);
  const std::string administrator = std::exchange(token, made.token());
  EXPECT_TRUE(set("a", "2", id).ok());
  token = administrator;
  RemovePersonalAccessTokenRequest remove_token;
  remove_token.set_user_id(bot);
  remove_token.set_token_id(made.token_id());
  done(*management, &ManagementStub::RemovePersonalAccessToken, remove_token);
  RemoveOrgMemberRequest remove_member;
  remove_member.set_user_id(bot);
  done(*management, &ManagementStub::RemoveOrgMember, remove_member);

  using Admin = zitadel::admin::v1::AdminService::Stub;
  const auto admin = zitadel::admin::v1::AdminService::NewStub(channel);
  zitadel::admin::v1::AddIAMMemberRequest viewer;
  viewer.set_user_id(bot);
  viewer.add_roles("IAM_OWNER_VIEWER");
  done(*admin, &Admin::AddIAMMember, viewer);
  zitadel::admin::v1::RemoveIAMMemberRequest no_viewer;
  no_viewer.set_user_id(bot);
  done(*admin, &Admin::RemoveIAMMember, no_viewer);
  for (const std::string& gone : {id, other, bot})
    done(*management, &ManagementStub::RemoveUser, of<RemoveUserRequest>(gone));
}

TEST_F(Grpc, Version2) {
  using Users = user_v2::UserService::Stub;
  const auto users = user_v2::UserService::NewStub(channel);
  user_v2::SetUserMetadataRequest set;
  set.set_user_id(user);
  auto* entry = set.add_metadata();
  entry->set_key("grpc++ v2");
  entry->set_value(std::string("\0\xff", 2));
  EXPECT_GT(done(*users, &Users::SetUserMetadata, set).set_date().seconds(), 0);
  user_v2::ListUserMetadataRequest list;
  list.set_user_id(user);
  list.add_filters()->mutable_key_filter()->set_key("grpc++ v2");
  const auto listed = done(*users, &Users::ListUserMetadata, list);
  ASSERT_EQ(listed.metadata_size(), 1);
  EXPECT_EQ(listed.metadata(0).value(), entry->value());
  user_v2::DeleteUserMetadataRequest remove;
  remove.set_user_id(user);
  remove.add_keys("grpc++ v2");
  EXPECT_GT(done(*users, &Users::DeleteUserMetadata, remove).deletion_date().seconds(), 0);
}

TEST_F(Grpc, AFailureHasItsCodeItsTextAndItsDetail) {
  const Status status = set("key", "x", "1");
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("(COMMAND-uXHNj)"));
  google::rpc::Status rich;
  ASSERT_TRUE(rich.ParseFromString(status.error_details()));
  EXPECT_EQ(rich.code(), status.error_code());
  ASSERT_EQ(rich.details_size(), 1);
  zitadel::v1::ErrorDetail detail;
  ASSERT_TRUE(rich.details(0).UnpackTo(&detail));
  EXPECT_EQ(detail.id(), "COMMAND-uXHNj");

  EXPECT_EQ(set("", "x").error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(set(std::string("a\0b", 3), "x").error_code(), StatusCode::INVALID_ARGUMENT);
  token = "wrong";
  EXPECT_EQ(set("key", "x").error_code(), StatusCode::UNAUTHENTICATED);
}

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
  context.AddMetadata("x-request-id", "from grpc++");
  context.AddMetadata("trace-bin", std::string("\0\x01\xff", 3));
  ListUserMetadataResponse answer;
  EXPECT_TRUE(management->ListUserMetadata(&context, of<ListUserMetadataRequest>(user), &answer).ok());
  const auto& fields = context.GetServerInitialMetadata();
  const auto found = fields.find("x-request-id");
  ASSERT_NE(found, fields.end());
  EXPECT_EQ(found->second, "from grpc++");
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
