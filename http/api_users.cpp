#include "commands/limits.hpp"
#include "http/api_details.hpp"
#include "http/token.hpp"

namespace usermeta {
namespace {

// What both human calls have in common. Phones and passwords are looked at and dropped.
template <class Request>
std::optional<Refusal> read_human(const Request& request, HumanAdded& human) {
  if (!request.has_profile()) return Refusal::profile_missing;
  if (!request.has_email()) return Refusal::email_missing;
  const auto& profile = request.profile();
  human = {request.user_name(), profile.first_name(),   profile.last_name(),
           profile.nick_name(), profile.display_name(), profile.preferred_language(),
           profile.gender(),    request.email().email()};
  const std::string& phone = request.phone().phone();
  if (request.has_phone() && (!phone.starts_with('+') || phone.size() > kMostPhoneBytes))
    return Refusal::phone_form;
  return std::nullopt;
}

}  // namespace

// What the two calls have in common once the request was read.
template <class Response>
Api::Answer<Response> Api::create_human(const CallInfo& call, Permitted permitted, AddHumanUser human) {
  const std::string user_id = human.user_id;
  Command asked = std::move(human);
  const auto& [caller, org] = permitted;
  const Outcome outcome = co_await decide(call, std::move(asked), caller.user_id, org,
                                          callers_.still_allowed(caller, Permission::user_write));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  Response response;
  response.set_user_id(user_id);
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::creation);
  co_return response;
}

Api::Answer<management::ImportHumanUserResponse> Api::import_human(
    const CallInfo& call, management::ImportHumanUserRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::user_write);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  AddHumanUser human{new_id_(), {}, request.email().is_email_verified()};
  if (const auto refusal = read_human(request, human.human)) co_return *refusal;
  human.human.user_name = trimmed(human.human.user_name);
  human.human.email = trimmed(human.human.email);
  if (request.password().size() > kMostPasswordBytes) co_return Refusal::password_form;
  for (const auto& link : request.idps())
    if (link.config_id().empty() || link.external_user_id().empty()) co_return Refusal::identity_link_form;
  co_return co_await create_human<management::ImportHumanUserResponse>(call, std::get<Permitted>(permitted),
                                                                       std::move(human));
}

Api::Answer<management::AddHumanUserResponse> Api::add_human(const CallInfo& call,
                                                             management::AddHumanUserRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::user_write);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  AddHumanUser human{new_id_(), {}, request.email().is_email_verified()};
  if (const auto refusal = read_human(request, human.human)) co_return *refusal;
  human.human.user_name = trimmed(human.human.user_name);
  human.human.first_name = trimmed(human.human.first_name);
  human.human.last_name = trimmed(human.human.last_name);
  if (request.initial_password().size() > kMostPasswordBytes) co_return Refusal::password_form;
  co_return co_await create_human<management::AddHumanUserResponse>(call, std::get<Permitted>(permitted),
                                                                    std::move(human));
}

Api::Answer<management::AddMachineUserResponse> Api::add_machine(const CallInfo& call,
                                                                 management::AddMachineUserRequest request) {
  // An id that is given counts even when it is empty: then it breaks the limits.
  const std::string user_id = request.has_user_id() ? request.user_id() : new_id_();
  Command asked = AddMachineUser{
      user_id, {request.user_name(), request.name(), request.description(), request.access_token_type()}};
  const Outcome outcome = co_await command(call, Permission::user_write, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  management::AddMachineUserResponse response;
  response.set_user_id(user_id);
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::change);
  co_return response;
}

Api::Answer<management::DeactivateUserResponse> Api::deactivate(const CallInfo& call,
                                                                management::DeactivateUserRequest request) {
  Command asked = DeactivateUser{request.id()};
  co_return co_await change<management::DeactivateUserResponse>(call, Permission::user_write,
                                                                std::move(asked));
}

Api::Answer<management::ReactivateUserResponse> Api::reactivate(const CallInfo& call,
                                                                management::ReactivateUserRequest request) {
  Command asked = ReactivateUser{request.id()};
  co_return co_await change<management::ReactivateUserResponse>(call, Permission::user_write,
                                                                std::move(asked));
}

Api::Answer<management::LockUserResponse> Api::lock(const CallInfo& call,
                                                    management::LockUserRequest request) {
  Command asked = LockUser{request.id()};
  co_return co_await change<management::LockUserResponse>(call, Permission::user_write, std::move(asked));
}

Api::Answer<management::UnlockUserResponse> Api::unlock(const CallInfo& call,
                                                        management::UnlockUserRequest request) {
  Command asked = UnlockUser{request.id()};
  co_return co_await change<management::UnlockUserResponse>(call, Permission::user_write, std::move(asked));
}

Api::Answer<management::RemoveUserResponse> Api::remove_user(const CallInfo& call,
                                                             management::RemoveUserRequest request) {
  Command asked = RemoveUser{request.id()};
  co_return co_await change<management::RemoveUserResponse>(call, Permission::user_delete, std::move(asked));
}

Api::Answer<management::AddPersonalAccessTokenResponse> Api::add_token(
    const CallInfo& call, management::AddPersonalAccessTokenRequest request) {
  const std::string token = new_token();
  const std::string token_id = new_id_();
  std::optional<Time> expiration;
  if (request.has_expiration_date()) {
    expiration = time_of(request.expiration_date());
    if (!expiration) co_return Refusal::date_range;
  }
  Command asked = AddPersonalAccessToken{request.user_id(), token_id, hash_of_token(token), expiration};
  const Outcome outcome = co_await command(call, Permission::user_write, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  management::AddPersonalAccessTokenResponse response;
  response.set_token_id(token_id);
  response.set_token(token);
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::creation);
  co_return response;
}

Api::Answer<management::RemovePersonalAccessTokenResponse> Api::remove_token(
    const CallInfo& call, management::RemovePersonalAccessTokenRequest request) {
  Command asked = RemovePersonalAccessToken{request.user_id(), request.token_id()};
  co_return co_await change<management::RemovePersonalAccessTokenResponse>(call, Permission::user_write,
                                                                           std::move(asked));
}

}  // namespace usermeta
