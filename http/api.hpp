#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "http/call.hpp"
#include "http/callers.hpp"
#include "projections/event_queries.hpp"
#include "projections/history_queries.hpp"
#include "projections/user_metadata_queries.hpp"
#include "projections/value_eraser.hpp"
#include "store/writer.hpp"
#include "usermeta/v1/events.pb.h"
#include "usermeta/v1/history.pb.h"
#include "zitadel/admin.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace usermeta {

namespace management = zitadel::management::v1;
namespace v2 = zitadel::user::v2;
namespace admin = zitadel::admin::v1;

// The calls: one function each, from the call's message to its answer, for every wire format. Any thread;
// they throw Outage.
class Api {
 public:
  template <class Response>
  using Answer = boost::asio::awaitable<Result<Response>>;

  // `new_id` makes an id that no aggregate has; it is called from any thread.
  Api(const Callers& callers, Writer& writer, UserMetadataQueries& queries, EventQueries& events,
      HistoryQueries& history, ValueEraser& eraser, std::function<std::string()> new_id)
      : callers_(callers),
        writer_(writer),
        queries_(queries),
        events_(events),
        history_(history),
        eraser_(eraser),
        new_id_(std::move(new_id)) {}

  // api_metadata.cpp
  Answer<management::SetUserMetadataResponse> set(const CallInfo& call,
                                                  management::SetUserMetadataRequest request);
  Answer<management::BulkSetUserMetadataResponse> bulk_set(const CallInfo& call,
                                                           management::BulkSetUserMetadataRequest request);
  Answer<management::ListUserMetadataResponse> list(const CallInfo& call,
                                                    management::ListUserMetadataRequest request);
  Answer<management::GetUserMetadataResponse> get(const CallInfo& call,
                                                  management::GetUserMetadataRequest request);
  Answer<management::RemoveUserMetadataResponse> remove(const CallInfo& call,
                                                        management::RemoveUserMetadataRequest request);
  Answer<management::BulkRemoveUserMetadataResponse> bulk_remove(
      const CallInfo& call, management::BulkRemoveUserMetadataRequest request);
  Answer<management::HealthzResponse> healthz(const CallInfo& call, management::HealthzRequest request);

  // api_metadata_v2.cpp
  Answer<v2::SetUserMetadataResponse> set_v2(const CallInfo& call, v2::SetUserMetadataRequest request);
  Answer<v2::ListUserMetadataResponse> list_v2(const CallInfo& call, v2::ListUserMetadataRequest request);
  Answer<v2::DeleteUserMetadataResponse> delete_v2(const CallInfo& call,
                                                   v2::DeleteUserMetadataRequest request);

  // api_users.cpp
  Answer<management::ImportHumanUserResponse> import_human(const CallInfo& call,
                                                           management::ImportHumanUserRequest request);
  Answer<management::AddHumanUserResponse> add_human(const CallInfo& call,
                                                     management::AddHumanUserRequest request);
  Answer<management::AddMachineUserResponse> add_machine(const CallInfo& call,
                                                         management::AddMachineUserRequest request);
  Answer<management::DeactivateUserResponse> deactivate(const CallInfo& call,
                                                        management::DeactivateUserRequest request);
  Answer<management::ReactivateUserResponse> reactivate(const CallInfo& call,
                                                        management::ReactivateUserRequest request);
  Answer<management::LockUserResponse> lock(const CallInfo& call, management::LockUserRequest request);
  Answer<management::UnlockUserResponse> unlock(const CallInfo& call, management::UnlockUserRequest request);
  Answer<management::RemoveUserResponse> remove_user(const CallInfo& call,
                                                     management::RemoveUserRequest request);
  Answer<management::AddPersonalAccessTokenResponse> add_token(
      const CallInfo& call, management::AddPersonalAccessTokenRequest request);
  Answer<management::RemovePersonalAccessTokenResponse> remove_token(
      const CallInfo& call, management::RemovePersonalAccessTokenRequest request);

  // api_orgs.cpp
  Answer<management::AddOrgResponse> add_org(const CallInfo& call, management::AddOrgRequest request);
  Answer<management::AddOrgMemberResponse> add_member(const CallInfo& call,
                                                      management::AddOrgMemberRequest request);
  Answer<management::RemoveOrgMemberResponse> remove_member(const CallInfo& call,
                                                            management::RemoveOrgMemberRequest request);
  Answer<admin::AddIAMMemberResponse> add_instance_member(const CallInfo& call,
                                                          admin::AddIAMMemberRequest request);
  Answer<admin::RemoveIAMMemberResponse> remove_instance_member(const CallInfo& call,
                                                                admin::RemoveIAMMemberRequest request);
  Answer<admin::HealthzResponse> admin_healthz(const CallInfo& call, admin::HealthzRequest request);

  // api_events.cpp
  Answer<v1::ListEventsResponse> list_events(const CallInfo& call, v1::ListEventsRequest request);
  Answer<v1::GetEventResponse> get_event(const CallInfo& call, v1::GetEventRequest request);

  // api_event_search.cpp
  Answer<admin::ListEventsResponse> search_events(const CallInfo& call, admin::ListEventsRequest request);

  // api_history.cpp
  Answer<v1::ListHistoryResponse> list_history(const CallInfo& call, v1::ListHistoryRequest request);
  Answer<v1::GetMetadataAtResponse> get_metadata_at(const CallInfo& call, v1::GetMetadataAtRequest request);
  Answer<v1::ListMetadataAtResponse> list_metadata_at(const CallInfo& call,
                                                      v1::ListMetadataAtRequest request);
  Answer<v1::EraseValuesResponse> erase_values(const CallInfo& call, v1::EraseValuesRequest request);

 private:
  using Outcome = std::variant<Done, Refusal>;

  // Checks the command's limits, and has it decided. Throws Outage when it was not in time.
  boost::asio::awaitable<Outcome> decide(const CallInfo& call, Command command, std::string creator,
                                         std::string org, Allowed allowed);
  // The same after steps 2 and 3 of v1.
  boost::asio::awaitable<Outcome> command(const CallInfo& call, Permission permission, Command command);

  // What a read says when it is to see a position that is not there in time. Throws Outage.
  boost::asio::awaitable<std::optional<Refusal>> wait_for(const CallInfo& call);

  // The position that a text names, as of which the caller may read now. Throws Outage.
  boost::asio::awaitable<std::variant<Position, Refusal>> position_at(const CallInfo& call,
                                                                      const std::string& at);

  // A new human user, once its call's message was read.
  template <class Response>
  Answer<Response> create_human(const CallInfo& call, Permitted permitted, AddHumanUser human);

  // A v1 command whose answer is `details` with a change date and nothing else.
  template <class Response>
  Answer<Response> change(const CallInfo& call, Permission permission, Command asked);

  const Callers& callers_;
  Writer& writer_;
  UserMetadataQueries& queries_;
  EventQueries& events_;
  HistoryQueries& history_;
  ValueEraser& eraser_;
  std::function<std::string()> new_id_;
};

}  // namespace usermeta
