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

Api::Answer<v1::ImportHumanUserResponse> Api::import_human(const CallInfo& call,
                                                           v1::ImportHumanUserRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::user_write);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  AddHumanUser human{new_id_(), {}, request.email().is_email_verified()};
  if (const auto refusal = read_human(request, human.human)) co_return *refusal;
  human.human.user_name = trimmed(human.human.user_name);
  human.human.email = trimmed(human.human.email);
  if (request.password().size() > kMostPasswordBytes) co_return Refusal::password_form;
  for (const auto& link : request.idps())
    if (link.config_id().empty() || link.external_user_id().empty()) co_return Refusal::identity_link_form;
  co_return co_await create_human<v1::ImportHumanUserResponse>(call, std::get<Permitted>(permitted),
                                                               std::move(human));
}

Api::Answer<v1::AddHumanUserResponse> Api::add_human(const CallInfo& call, v1::AddHumanUserRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::user_write);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  AddHumanUser human{new_id_(), {}, request.email().is_email_verified()};
  if (const auto refusal = read_human(request, human.human)) co_return *refusal;
  human.human.user_name = trimmed(human.human.user_name);
  human.human.first_name = trimmed(human.human.first_name);
  human.human.last_name = trimmed(human.human.last_name);
  if (request.initial_password().size() > kMostPasswordBytes) co_return Refusal::password_form;
  co_return co_await create_human<v1::AddHumanUserResponse>(call, std::get<Permitted>(permitted),
                                                            std::move(human));
}

Api::Answer<v1::AddMachineUserResponse> Api::add_machine(const CallInfo& call,
                                                         v1::AddMachineUserRequest request) {
  // An id that is given counts even when it is empty: then it breaks the limits.
  const std::string user_id = request.has_user_id() ? request.user_id() : new_id_();
  Command asked = AddMachineUser{
      user_id, {request.user_name(), request.name(), request.description(), request.access_token_type()}};
  const Outcome outcome = co_await command(call, Permission::user_write, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  v1::AddMachineUserResponse response;
  response.set_user_id(user_id);
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::change);
  co_return response;
}

Api::Answer<v1::DeactivateUserResponse> Api::deactivate(const CallInfo& call,
                                                        v1::DeactivateUserRequest request) {
  Command asked = DeactivateUser{request.id()};
  co_return co_await change<v1::DeactivateUserResponse>(call, Permission::user_write, std::move(asked));
}

Api::Answer<v1::ReactivateUserResponse> Api::reactivate(const CallInfo& call,
                                                        v1::ReactivateUserRequest request) {
  Command asked = ReactivateUser{request.id()};
  co_return co_await change<v1::ReactivateUserResponse>(call, Permission::user_write, std::move(asked));
}

Api::Answer<v1::LockUserResponse> Api::lock(const CallInfo& call, v1::LockUserRequest request) {
  Command asked = LockUser{request.id()};
  co_return co_await change<v1::LockUserResponse>(call, Permission::user_write, std::move(asked));
}

Api::Answer<v1::UnlockUserResponse> Api::unlock(const CallInfo& call, v1::UnlockUserRequest request) {
  Command asked = UnlockUser{request.id()};
  co_return co_await change<v1::UnlockUserResponse>(call, Permission::user_write, std::move(asked));
}

Api::Answer<v1::RemoveUserResponse> Api::remove_user(const CallInfo& call, v1::RemoveUserRequest request) {
  Command asked = RemoveUser{request.id()};
  co_return co_await change<v1::RemoveUserResponse>(call, Permission::user_delete, std::move(asked));
}

Api::Answer<v1::AddPersonalAccessTokenResponse> Api::add_token(const CallInfo& call,
                                                               v1::AddPersonalAccessTokenRequest request) {
  const std::string token = new_token();
  const std::string token_id = new_id_();
  std::optional<Time> expiration;
  if (request.has_expiration_date()) expiration = time_of(request.expiration_date());
  Command asked = AddPersonalAccessToken{request.user_id(), token_id, hash_of_token(token), expiration};
  const Outcome outcome = co_await command(call, Permission::user_write, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  v1::AddPersonalAccessTokenResponse response;
  response.set_token_id(token_id);
  response.set_token(token);
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::creation);
  co_return response;
}

Api::Answer<v1::RemovePersonalAccessTokenResponse> Api::remove_token(
    const CallInfo& call, v1::RemovePersonalAccessTokenRequest request) {
  Command asked = RemovePersonalAccessToken{request.user_id(), request.token_id()};
  co_return co_await change<v1::RemovePersonalAccessTokenResponse>(call, Permission::user_write,
                                                                   std::move(asked));
}

}  // namespace usermeta
