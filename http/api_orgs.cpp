#include "http/api_details.hpp"

namespace usermeta {
Api::Answer<management::AddOrgResponse> Api::add_org(const CallInfo& call,
                                                     management::AddOrgRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::org_create);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  const auto& [caller, org] = std::get<Permitted>(permitted);
  const std::string org_id = new_id_();
  Command asked = AddOrg{org_id, trimmed(request.name()), caller.user_id};
  const Outcome outcome = co_await decide(call, std::move(asked), caller.user_id, org,
                                          callers_.still_allowed(caller, Permission::org_create));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  management::AddOrgResponse response;
  response.set_id(org_id);
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::creation);
  co_return response;
}

Api::Answer<management::AddOrgMemberResponse> Api::add_member(const CallInfo& call,
                                                              management::AddOrgMemberRequest request) {
  Command asked = AddOrgMember{request.user_id(), {request.roles().begin(), request.roles().end()}};
  const Outcome outcome = co_await command(call, Permission::org_member_write, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  management::AddOrgMemberResponse response;
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::creation);
  co_return response;
}

Api::Answer<management::RemoveOrgMemberResponse> Api::remove_member(
    const CallInfo& call, management::RemoveOrgMemberRequest request) {
  Command asked = RemoveOrgMember{request.user_id()};
  co_return co_await change<management::RemoveOrgMemberResponse>(call, Permission::org_member_write,
                                                                 std::move(asked));
}

Api::Answer<admin::AddIAMMemberResponse> Api::add_instance_member(const CallInfo& call,
                                                                  admin::AddIAMMemberRequest request) {
  Command asked = AddInstanceMember{request.user_id(), {request.roles().begin(), request.roles().end()}};
  const Outcome outcome = co_await command(call, Permission::instance_member_write, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  admin::AddIAMMemberResponse response;
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::creation);
  co_return response;
}

Api::Answer<admin::RemoveIAMMemberResponse> Api::remove_instance_member(
    const CallInfo& call, admin::RemoveIAMMemberRequest request) {
  Command asked = RemoveInstanceMember{request.user_id()};
  co_return co_await change<admin::RemoveIAMMemberResponse>(call, Permission::instance_member_write,
                                                            std::move(asked));
}

Api::Answer<admin::HealthzResponse> Api::admin_healthz(const CallInfo&, admin::HealthzRequest) {
  co_return admin::HealthzResponse();
}

}  // namespace usermeta
