#include "http/openapi_calls.hpp"

#include <algorithm>
#include <array>

#include "http/openapi_history.hpp"

namespace usermeta {
namespace {

using enum Refusal;

constexpr std::string_view kUserWrite = "user.write";
constexpr std::string_view kMemberWrite = "org.member.write";
constexpr std::string_view kEventsRead =
    "events.read on the instance: the role IAM_OWNER or IAM_OWNER_VIEWER";
constexpr std::string_view kInstanceOwner = "the role IAM_OWNER";

constexpr std::string_view kChanged = R"({"details":{"sequence":"7","changeDate":"2025-03-25T09:53:35.832Z",)"
                                      R"("resourceOwner":"163840776835366913"}})";
constexpr std::string_view kCreated =
    R"({"details":{"sequence":"7","creationDate":"2025-03-25T09:53:35.832Z",)"
    R"("resourceOwner":"163840776835366913"}})";
constexpr std::string_view kHuman =
    R"({"userName":"ada","profile":{"firstName":"Ada","lastName":"Byron","preferredLanguage":"en",)"
    R"("gender":"GENDER_FEMALE"},"email":{"email":"ada@example.com","isEmailVerified":true}})";
constexpr std::string_view kHumanAdded =
    R"({"userId":"163840776835432705","details":{"sequence":"1",)"
    R"("creationDate":"2025-03-25T09:53:35.832Z","resourceOwner":"163840776835366913"}})";

// Users and members; the rows of metadata are below.
const std::array kCalls{
    CallText{"management.v1.ManagementService.Healthz", "Say that the service answers", "", {}, "", "{}"},
    CallText{"admin.v1.AdminService.Healthz", "Say that the service answers", "", {}, "", "{}"},
    CallText{"management.v1.ManagementService.AddHumanUser",
             "Add a human user",
             kUserWrite,
             {user_name_length, first_name_length, last_name_length, nick_name_length, display_name_length,
              language_length, gender_unknown, profile_missing, email_missing, email_form, phone_form,
              password_form, name_taken},
             kHuman,
             kHumanAdded},
    CallText{"management.v1.ManagementService.ImportHumanUser",
             "Add a human user who was one elsewhere",
             kUserWrite,
             {user_name_length, first_name_length, last_name_length, nick_name_length, display_name_length,
              language_length, gender_unknown, profile_missing, email_missing, email_form, phone_form,
              password_form, identity_link_form, name_taken},
             kHuman,
             kHumanAdded},
    CallText{"management.v1.ManagementService.AddMachineUser",
             "Add a machine user",
             kUserWrite,
             {user_name_length, name_length, description_length, token_type_unknown, user_id_length,
              user_id_taken, name_taken},
             R"({"userName":"sync","name":"Synchronisation","description":"Copies users at night"})",
             R"({"userId":"163840776835432705","details":{"sequence":"1",)"
             R"("changeDate":"2025-03-25T09:53:35.832Z","resourceOwner":"163840776835366913"}})"},
    CallText{"management.v1.ManagementService.DeactivateUser",
             "Deactivate a user; its tokens end",
             kUserWrite,
             {user_id_length, user_unknown_deactivate, user_already_inactive},
             "{}",
             kChanged},
    CallText{"management.v1.ManagementService.ReactivateUser",
             "Make an inactive user active again",
             kUserWrite,
             {user_id_length, user_unknown_reactivate, user_not_inactive},
             "{}",
             kChanged},
    CallText{"management.v1.ManagementService.LockUser",
             "Lock a user; its tokens end",
             kUserWrite,
             {user_id_length, user_unknown_lock, user_not_lockable},
             "{}",
             kChanged},
    CallText{"management.v1.ManagementService.UnlockUser",
             "Unlock a user",
             kUserWrite,
             {user_id_length, user_unknown_unlock, user_not_locked},
             "{}",
             kChanged},
    CallText{"management.v1.ManagementService.RemoveUser",
             "Remove a user with its metadata",
             "user.delete",
             {user_id_length, user_unknown_remove},
             "",
             kChanged},
    CallText{"management.v1.ManagementService.AddPersonalAccessToken",
             "Add a token to a machine user; only this answer shows it",
             kUserWrite,
             {user_id_length, token_expiry_past, token_owner_unknown, token_owner_human},
             R"({"expirationDate":"2099-12-31T23:59:59Z"})",
             R"({"tokenId":"163840776835498241","token":"umpat_...","details":{"sequence":"2",)"
             R"("creationDate":"2025-03-25T09:53:35.832Z","resourceOwner":"163840776835366913"}})"},
    CallText{"management.v1.ManagementService.RemovePersonalAccessToken",
             "Remove a token of a machine user",
             kUserWrite,
             {user_id_length, token_id_length, token_id_unknown},
             "",
             kChanged},
    CallText{"management.v1.ManagementService.AddOrg",
             "Add an organisation, owned by the caller",
             "org.create",
             {org_name_length, org_name_blank, name_taken},
             R"({"name":"Engines"})",
             R"({"id":"163840776835366913","details":{"sequence":"2",)"
             R"("creationDate":"2025-03-25T09:53:35.832Z","resourceOwner":"163840776835366913"}})"},
    CallText{"management.v1.ManagementService.AddOrgMember",
             "Give a user roles in the organisation",
             kMemberWrite,
             {user_id_length, member_roles_missing, member_role_unknown, member_user_unknown, member_exists},
             R"({"userId":"163840776835432705","roles":["ORG_OWNER_VIEWER"]})",
             kCreated},
    CallText{"management.v1.ManagementService.RemoveOrgMember",
             "Take a user's roles in the organisation",
             kMemberWrite,
             {user_id_length},
             "",
             kChanged},
    CallText{
        "admin.v1.AdminService.AddIAMMember",
        "Give a user roles in all organisations",
        kInstanceOwner,
        {user_id_length, instance_member_role_unknown, instance_member_user_unknown, instance_member_exists},
        R"({"userId":"163840776835432705","roles":["IAM_OWNER_VIEWER"]})",
        kCreated},
    CallText{"admin.v1.AdminService.RemoveIAMMember",
             "Take a user's roles in all organisations",
             kInstanceOwner,
             {user_id_length},
             "",
             kChanged},
};

const std::array kMetadataCalls{
    CallText{"management.v1.ManagementService.SetUserMetadata",
             "Set the value of a key; an equal value changes nothing",
             kUserWrite,
             {user_id_length, key_length, value_length, user_unknown},
             R"({"value":"VGhpcyBpcyBteSB0ZXN0IHZhbHVl"})",
             R"({"id":"163840776835432705","details":{"sequence":"2",)"
             R"("creationDate":"2025-03-25T09:53:35.832Z","changeDate":"2025-03-25T09:53:35.832Z",)"
             R"("resourceOwner":"163840776835366913"}})"},
    CallText{"management.v1.ManagementService.GetUserMetadata",
             "Get the value of a key",
             kUserRead,
             {user_id_length, key_length, metadata_not_found, position_not_reached},
             "",
             R"({"metadata":{"details":{"sequence":"2","creationDate":"2025-03-25T09:53:35.832Z",)"
             R"("changeDate":"2025-03-25T09:53:35.832Z","resourceOwner":"163840776835366913"},)"
             R"("key":"greeting","value":"aGVsbG8="}})"},
    CallText{"management.v1.ManagementService.RemoveUserMetadata",
             "Remove a key with its value",
             kUserWrite,
             {user_id_length, key_length, user_unknown, metadata_key_unknown},
             "",
             kChanged},
    CallText{"management.v1.ManagementService.BulkSetUserMetadata",
             "Set the values of several keys, all or none",
             kUserWrite,
             {user_id_length, key_length, value_length, metadata_empty, user_unknown},
             R"({"metadata":[{"key":"greeting","value":"aGVsbG8="},{"key":"team","value":"MQ=="}]})",
             kChanged},
    CallText{"management.v1.ManagementService.BulkRemoveUserMetadata",
             "Remove several keys, all or none",
             kUserWrite,
             {user_id_length, key_length, metadata_empty, user_unknown, metadata_bulk_key_unknown},
             R"({"keys":["greeting","team"]})",
             kChanged},
    CallText{"management.v1.ManagementService.ListUserMetadata",
             "List a user's metadata by key, at most 1000 entries a page",
             kUserRead,
             {user_id_length, query_form, position_not_reached},
             R"({"query":{"offset":"100","limit":50},"queries":[{"keyQuery":{"key":"gree",)"
             R"("method":"TEXT_QUERY_METHOD_STARTS_WITH"}}]})",
             R"({"details":{"totalResult":"1","viewTimestamp":"2025-03-25T09:53:36.001Z"},"result":[)"
             R"({"details":{"sequence":"2","creationDate":"2025-03-25T09:53:35.832Z",)"
             R"("changeDate":"2025-03-25T09:53:35.832Z","resourceOwner":"163840776835366913"},)"
             R"("key":"greeting","value":"aGVsbG8="}]})"},
    CallText{"user.v2.UserService.SetUserMetadata",
             "Set the values of several keys, all or none",
             kUserWrite,
             {no_role, permission_missing_v2, user_id_length, key_length, value_length, metadata_empty,
              user_unknown},
             R"({"metadata":[{"key":"greeting","value":"aGVsbG8="}]})",
             R"({"setDate":"2025-03-25T09:53:35.832Z"})"},
    CallText{"user.v2.UserService.ListUserMetadata",
             "List a user's metadata by date, newest first unless asc",
             kUserRead,
             {no_role, user_id_length, query_form, page_limit_v2, position_not_reached},
             R"({"pagination":{"limit":10,"asc":true},"filters":[{"keyFilter":{"key":"greeting"}}]})",
             R"({"pagination":{"totalResult":"1","appliedLimit":"10"},"metadata":[)"
             R"({"creationDate":"2025-03-25T09:53:35.832Z","changeDate":"2025-03-25T09:53:35.832Z",)"
             R"("key":"greeting","value":"aGVsbG8="}]})"},
    CallText{"user.v2.UserService.DeleteUserMetadata",
             "Remove several keys, all or none",
             kUserWrite,
             {no_role, permission_missing_v2, user_id_length, key_length, metadata_empty, user_unknown,
              metadata_bulk_key_unknown},
             "",
             R"({"deletionDate":"2025-03-25T09:53:35.832Z"})"},
};

#define USERMETA_EXAMPLE_EVENT                                                                      \
  R"({"position":"4711","aggregateType":"user","aggregateId":"163840776835432705","sequence":"2",)" \
  R"("type":"user.metadata.set","revision":2,"createdAt":"2025-03-25T09:53:35.832Z",)"              \
  R"("creator":"163840776835370001","owner":"163840776835366913",)"                                 \
  R"("payload":{"key":"greeting","value":"aGVsbG8="},"requestId":"8f0c","clientAddress":"192.0.2.1"})"

const std::array kEventCalls{
    CallText{"usermeta.v1.EventsService.ListEvents",
             "List what happened, in order; with `Accept: text/event-stream` also what happens from then on",
             kEventsRead,
             {events_type, events_user, events_org, events_limit, position_not_reached},
             "",
             R"({"events":[)" USERMETA_EXAMPLE_EVENT R"(],"next":"4711","end":true})"},
    CallText{"usermeta.v1.EventsService.GetEvent",
             "Get one event by its position",
             kEventsRead,
             {event_unknown, position_not_reached},
             "",
             R"({"event":)" USERMETA_EXAMPLE_EVENT "}"},
    CallText{
        "admin.v1.AdminService.ListEvents",
        "Look for events, newest first unless asc; it cannot be paged safely: see /usermeta/v1/events",
        kEventsRead,
        {events_search_types, events_search_aggregates, events_search_text, events_search_size,
         events_search_time, position_not_reached},
        R"({"limit":10,"eventTypes":["user.metadata.set"],"aggregateTypes":["user"],)"
        R"("range":{"since":"2025-03-25T00:00:00Z"}})",
        R"({"events":[{"editor":{"userId":"163840776835370001","displayName":"Ada Byron"},)"
        R"("aggregate":{"id":"163840776835432705","type":{"type":"user","localized":)"
        R"({"key":"AggregateTypes.user","localizedMessage":"User"}},"resourceOwner":"163840776835366913"},)"
        R"("sequence":"2","creationDate":"2025-03-25T09:53:35.832Z",)"
        R"("payload":{"key":"greeting","value":"aGVsbG8="},"type":{"type":"user.metadata.set",)"
        R"("localized":{"key":"EventTypes.user.metadata.set","localizedMessage":"User metadata set"}},)"
        R"("position":"4711","id":"4711"}]})"},
};

const CallText* find_in(const auto& calls, std::string_view rpc) {
  const auto found = std::ranges::find(calls, rpc, &CallText::rpc);
  return found == calls.end() ? nullptr : &*found;
}

}  // namespace

const CallText* find_call_text(std::string_view rpc) {
  if (const CallText* found = find_in(kCalls, rpc)) return found;
  if (const CallText* found = find_in(kMetadataCalls, rpc)) return found;
  if (const CallText* found = find_in(kEventCalls, rpc)) return found;
  return find_in(history_call_texts(), rpc);
}

}  // namespace usermeta
