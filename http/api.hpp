#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "http/call.hpp"
#include "http/callers.hpp"
#include "projections/user_metadata_queries.hpp"
#include "store/writer.hpp"
#include "zitadel/admin.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace usermeta {

namespace v1 = zitadel::management::v1;
namespace v2 = zitadel::user::v2;
namespace admin = zitadel::admin::v1;

// The calls: one function each, from the call's message to its answer, for every wire format. Any thread;
// they throw Outage.
class Api {
 public:
  template <class Response>
  using Answer = boost::asio::awaitable<Result<Response>>;

  // `new_id` makes an id that no aggregate has; it is called from any thread.
  Api(const Callers& callers, Writer& writer, UserMetadataQueries& queries,
      std::function<std::string()> new_id)
      : callers_(callers), writer_(writer), queries_(queries), new_id_(std::move(new_id)) {}

  // api_metadata.cpp
  Answer<v1::SetUserMetadataResponse> set(const CallInfo& call, v1::SetUserMetadataRequest request);
  Answer<v1::BulkSetUserMetadataResponse> bulk_set(const CallInfo& call,
                                                   v1::BulkSetUserMetadataRequest request);
  Answer<v1::ListUserMetadataResponse> list(const CallInfo& call, v1::ListUserMetadataRequest request);
  Answer<v1::GetUserMetadataResponse> get(const CallInfo& call, v1::GetUserMetadataRequest request);
  Answer<v1::RemoveUserMetadataResponse> remove(const CallInfo& call, v1::RemoveUserMetadataRequest request);
  Answer<v1::BulkRemoveUserMetadataResponse> bulk_remove(const CallInfo& call,
                                                         v1::BulkRemoveUserMetadataRequest request);
  Answer<v1::HealthzResponse> healthz(const CallInfo& call, v1::HealthzRequest request);

  // api_metadata_v2.cpp
  Answer<v2::SetUserMetadataResponse> set_v2(const CallInfo& call, v2::SetUserMetadataRequest request);
  Answer<v2::ListUserMetadataResponse> list_v2(const CallInfo& call, v2::ListUserMetadataRequest request);
  Answer<v2::DeleteUserMetadataResponse> delete_v2(const CallInfo& call,
                                                   v2::DeleteUserMetadataRequest request);

  // api_users.cpp
  Answer<v1::ImportHumanUserResponse> import_human(const CallInfo& call, v1::ImportHumanUserRequest request);
  Answer<v1::AddHumanUserResponse> add_human(const CallInfo& call, v1::AddHumanUserRequest request);
  Answer<v1::AddMachineUserResponse> add_machine(const CallInfo& call, v1::AddMachineUserRequest request);
  Answer<v1::DeactivateUserResponse> deactivate(const CallInfo& call, v1::DeactivateUserRequest request);
  Answer<v1::ReactivateUserResponse> reactivate(const CallInfo& call, v1::ReactivateUserRequest request);
  Answer<v1::LockUserResponse> lock(const CallInfo& call, v1::LockUserRequest request);
  Answer<v1::UnlockUserResponse> unlock(const CallInfo& call, v1::UnlockUserRequest request);
  Answer<v1::RemoveUserResponse> remove_user(const CallInfo& call, v1::RemoveUserRequest request);
  Answer<v1::AddPersonalAccessTokenResponse> add_token(const CallInfo& call,
                                                       v1::AddPersonalAccessTokenRequest request);
  Answer<v1::RemovePersonalAccessTokenResponse> remove_token(const CallInfo& call,
                                                             v1::RemovePersonalAccessTokenRequest request);

  // api_orgs.cpp
  Answer<v1::AddOrgResponse> add_org(const CallInfo& call, v1::AddOrgRequest request);
  Answer<v1::AddOrgMemberResponse> add_member(const CallInfo& call, v1::AddOrgMemberRequest request);
  Answer<v1::RemoveOrgMemberResponse> remove_member(const CallInfo& call, v1::RemoveOrgMemberRequest request);
  Answer<admin::AddIAMMemberResponse> add_instance_member(const CallInfo& call,
                                                          admin::AddIAMMemberRequest request);
  Answer<admin::RemoveIAMMemberResponse> remove_instance_member(const CallInfo& call,
                                                                admin::RemoveIAMMemberRequest request);
  Answer<admin::HealthzResponse> admin_healthz(const CallInfo& call, admin::HealthzRequest request);

 private:
  using Outcome = std::variant<Done, Refusal>;

  // Checks the command's limits, and has it decided. Throws Outage when it was not in time.
  boost::asio::awaitable<Outcome> decide(const CallInfo& call, Command command, std::string creator,
                                         std::string org, Allowed allowed);
  // The same after steps 2 and 3 of v1.
  boost::asio::awaitable<Outcome> command(const CallInfo& call, Permission permission, Command command);

  // A new human user, once its call's message was read.
  template <class Response>
  Answer<Response> create_human(const CallInfo& call, Permitted permitted, AddHumanUser human);

  // A v1 command whose answer is `details` with a change date and nothing else.
  template <class Response>
  Answer<Response> change(const CallInfo& call, Permission permission, Command asked);

  const Callers& callers_;
  Writer& writer_;
  UserMetadataQueries& queries_;
  std::function<std::string()> new_id_;
};

}  // namespace usermeta
