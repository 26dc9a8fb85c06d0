#include "commands/refusal.hpp"

#include <array>

namespace usermeta {
namespace {

struct Entry {
  Refusal refusal;
  RefusalText text;
};

using enum Code;

// In the order of the enum.
constexpr std::array kTexts{
    Entry{Refusal::no_token,
          {unauthenticated, "",
           "the request carries no access token: send the header Authorization: Bearer TOKEN"}},
    Entry{Refusal::token_malformed,
          {unauthenticated, "AUTH-toLo1", "the authorization header is not of the form Bearer TOKEN"}},
    Entry{Refusal::token_unknown, {unauthenticated, "AUTH-7fs1e", "the access token is not valid"}},
    Entry{Refusal::org_unknown, {permission_denied, "AUTH-Bs7Ds", "the organisation does not exist"}},
    Entry{Refusal::no_role, {not_found, "AUTHZ-cdgFk", "the caller has no role in this organisation"}},
    Entry{Refusal::permission_missing,
          {permission_denied, "AUTH-5mWD2", "no role of the caller permits this"}},
    Entry{Refusal::permission_missing_v2,
          {permission_denied, "AUTH-AWfge", "no role of the caller permits this for that user"}},
    Entry{Refusal::user_id_length, {invalid_argument, "", "the user id must have 1 to 200 characters"}},
    Entry{Refusal::key_length,
          {invalid_argument, "", "a metadata key must have 1 to 200 characters, none of them NUL"}},
    Entry{Refusal::value_length, {invalid_argument, "", "a metadata value must have 1 to 500000 bytes"}},
    Entry{Refusal::user_name_length, {invalid_argument, "", "the user name must have 1 to 200 characters"}},
    Entry{Refusal::first_name_length, {invalid_argument, "", "the first name must have 1 to 200 characters"}},
    Entry{Refusal::last_name_length, {invalid_argument, "", "the last name must have 1 to 200 characters"}},
    Entry{Refusal::nick_name_length,
          {invalid_argument, "", "the nick name must have at most 200 characters"}},
    Entry{Refusal::display_name_length,
          {invalid_argument, "", "the display name must have at most 200 characters"}},
    Entry{Refusal::language_length,
          {invalid_argument, "", "the preferred language must have at most 10 characters"}},
    Entry{Refusal::gender_unknown, {invalid_argument, "", "that gender is not known"}},
    Entry{Refusal::email_form, {invalid_argument, "", "the e-mail address is not of the form name@domain"}},
    Entry{Refusal::phone_form,
          {invalid_argument, "", "a phone number begins with + and has at most 50 characters"}},
    Entry{Refusal::name_length, {invalid_argument, "", "the name must have 1 to 200 characters"}},
    Entry{Refusal::description_length,
          {invalid_argument, "", "the description must have at most 500 characters"}},
    Entry{Refusal::token_type_unknown, {invalid_argument, "", "that access token type is not known"}},
    Entry{Refusal::token_id_length, {invalid_argument, "", "the token id must have 1 to 200 characters"}},
    Entry{Refusal::org_name_length,
          {invalid_argument, "", "the organisation name must have 1 to 200 characters"}},
    Entry{Refusal::org_name_blank,
          {invalid_argument, "EVENT-Mf9sd", "the organisation name must not be blank"}},
    Entry{Refusal::profile_missing, {invalid_argument, "", "the profile is missing"}},
    Entry{Refusal::email_missing, {invalid_argument, "", "the e-mail address is missing"}},
    Entry{Refusal::password_form, {invalid_argument, "", "the password is not of the expected form"}},
    Entry{Refusal::identity_link_form,
          {invalid_argument, "",
           "an identity provider link needs an id of the provider and of the user there"}},
    Entry{Refusal::query_form,
          {invalid_argument, "",
           "a query must name a key to look for, of at most 200 characters, and a known method"}},
    Entry{Refusal::page_limit_v2, {invalid_argument, "QUERY-4M0fs", "the limit must be at most 1000"}},
    Entry{Refusal::user_unknown,
          {failed_precondition, "COMMAND-uXHNj", "the user does not exist in this organisation"}},
    Entry{Refusal::user_unknown_deactivate,
          {not_found, "COMMAND-3M9ds", "the user does not exist in this organisation"}},
    Entry{Refusal::user_unknown_reactivate,
          {not_found, "COMMAND-4M0sd", "the user does not exist in this organisation"}},
    Entry{Refusal::user_unknown_lock,
          {not_found, "COMMAND-5M9fs", "the user does not exist in this organisation"}},
    Entry{Refusal::user_unknown_unlock,
          {not_found, "COMMAND-M0dos", "the user does not exist in this organisation"}},
    Entry{Refusal::user_unknown_remove,
          {not_found, "COMMAND-m9od", "the user does not exist in this organisation"}},
    Entry{Refusal::user_already_inactive,
          {failed_precondition, "COMMAND-5M0sf", "the user is inactive already"}},
    Entry{Refusal::user_not_inactive, {failed_precondition, "COMMAND-6M0sf", "the user is not inactive"}},
    Entry{Refusal::user_not_lockable,
          {failed_precondition, "COMMAND-3NN8v", "only an active or initial user can be locked"}},
    Entry{Refusal::user_not_locked, {failed_precondition, "COMMAND-4M0ds", "the user is not locked"}},
    Entry{Refusal::user_id_taken,
          {failed_precondition, "COMMAND-k2una", "a user with this id exists already"}},
    Entry{Refusal::name_taken, {already_exists, "V3-DKcYh", "the name is taken already"}},
    Entry{Refusal::metadata_empty, {failed_precondition, "META-9mm2d", "there is no metadata to change"}},
    Entry{Refusal::metadata_key_unknown, {not_found, "META-ncnw3", "the user has no metadata with this key"}},
    Entry{Refusal::metadata_bulk_key_unknown,
          {not_found, "META-2nnds", "the user has no metadata with one of these keys"}},
    Entry{Refusal::metadata_not_found, {not_found, "QUERY-Rgh32", "there is no such metadata"}},
    Entry{Refusal::user_not_found, {not_found, "", "there is no such user in this organisation"}},
    Entry{Refusal::history_limit, {invalid_argument, "", "the limit must be at most 1000"}},
    Entry{Refusal::moment_form,
          {invalid_argument, "", "at must be a position or a time such as 2026-01-31T12:00:00Z"}},
    Entry{Refusal::position_not_reached,
          {deadline_exceeded, "", "what is read here has not reached the position of x-usermeta-position"}},
    Entry{Refusal::token_owner_unknown,
          {failed_precondition, "COMMAND-Dggw2", "the user does not exist in this organisation"}},
    Entry{Refusal::token_owner_human,
          {failed_precondition, "COMMAND-Df2f1", "only a machine user can have a personal access token"}},
    Entry{Refusal::token_expiry_past,
          {invalid_argument, "DOMAIN-dv3t5", "the expiration date is in the past"}},
    Entry{Refusal::date_range,
          {invalid_argument, "", "a date lies in the years 1 to 9999, its nanoseconds within a second"}},
    Entry{Refusal::token_id_unknown,
          {not_found, "COMMAND-4m77G", "the user has no personal access token with this id"}},
    Entry{Refusal::member_roles_missing, {invalid_argument, "ORG-4Mlfs", "a member needs at least one role"}},
    Entry{Refusal::member_role_unknown,
          {invalid_argument, "Org-4N8es", "a role is not known or not one of an organisation"}},
    Entry{Refusal::member_user_unknown, {failed_precondition, "ORG-GoXOn", "the user does not exist"}},
    Entry{Refusal::member_exists,
          {already_exists, "ORG-poWwe", "the user is a member of the organisation already"}},
    Entry{Refusal::instance_member_role_unknown,
          {invalid_argument, "INSTANCE-4m0fS", "a role is not known or not one of the instance"}},
    Entry{Refusal::instance_member_user_unknown,
          {failed_precondition, "INSTA-GSXOn", "the user does not exist"}},
    Entry{Refusal::instance_member_exists,
          {already_exists, "INSTA-pFDwe", "the user is a member of the instance already"}},
    Entry{Refusal::events_type,
          {invalid_argument, "", "type must be the name of an event type, and be given at most 30 times"}},
    Entry{Refusal::events_user, {invalid_argument, "", "user must be an id of 1 to 200 characters"}},
    Entry{Refusal::events_org, {invalid_argument, "", "org must be an id of 1 to 200 characters"}},
    Entry{Refusal::events_limit, {invalid_argument, "", "limit must be at most 1000"}},
    Entry{Refusal::event_unknown, {not_found, "", "there is no event at this position"}},
    Entry{Refusal::events_search_types, {invalid_argument, "", "at most 30 event types can be looked for"}},
    Entry{Refusal::events_search_aggregates,
          {invalid_argument, "", "at most 10 aggregate types can be looked for"}},
    Entry{Refusal::events_search_text,
          {invalid_argument, "", "an id to look for has at most 200 characters, and a type 1 to 200"}},
    Entry{Refusal::events_search_time,
          {deadline_exceeded, "", "the search takes too long: look for less, or within a shorter time"}},
    Entry{Refusal::events_search_size,
          {failed_precondition, "", "what was found is larger than an answer may be: ask for fewer events"}},
    Entry{Refusal::instance_exists, {already_exists, "", "the instance was set up already"}},
    Entry{Refusal::too_many_commands,
          {resource_exhausted, "", "too many commands are pending; try again later"}},
    Entry{Refusal::too_many_followers,
          {resource_exhausted, "", "too many follow the log already; try again later"}},
    Entry{Refusal::stopping, {resource_exhausted, "", "the service is stopping"}},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if (static_cast<std::size_t>(kTexts[i].refusal) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

const RefusalText& text_of(Refusal refusal) {
  return kTexts[static_cast<std::size_t>(refusal)].text;
}

}  // namespace usermeta
