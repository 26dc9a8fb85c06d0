// Every call once, as grpc++ makes it, and what a failure tells.

#include <utility>

#include "google/rpc/status.pb.h"
#include "tests/end_to_end/clients/grpc_client.hpp"
#include "zitadel/admin.grpc.pb.h"
#include "zitadel/user/v2/user_service.grpc.pb.h"

namespace usermeta {
namespace {

namespace user_v2 = zitadel::user::v2;
using testing::HasSubstr;

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
  for (const char* key : {"listed a", "listed b"}) {
    auto* entry = bulk.add_metadata();
    entry->set_key(key);
    entry->set_value(key);
  }
  done(*management, &ManagementStub::BulkSetUserMetadata, bulk);

  ListUserMetadataRequest list;
  list.set_id(user);
  auto* query = list.add_queries()->mutable_key_query();
  query->set_key("listed ");
  query->set_method(zitadel::v1::TEXT_QUERY_METHOD_STARTS_WITH);
  const auto listed = done(*management, &ManagementStub::ListUserMetadata, list);
  ASSERT_EQ(listed.result_size(), 2);
  EXPECT_EQ(listed.result(1).value(), "listed b");
  EXPECT_EQ(listed.details().total_result(), 2U);

  RemoveUserMetadataRequest remove;
  remove.set_id(user);
  remove.set_key("grpc++");
  done(*management, &ManagementStub::RemoveUserMetadata, remove);
  BulkRemoveUserMetadataRequest rest;
  rest.set_id(user);
  rest.add_keys("listed a");
  rest.add_keys("listed b");
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

}  // namespace
}  // namespace usermeta
