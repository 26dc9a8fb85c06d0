#pragma once

#include <cstdint>
#include <string_view>

namespace usermeta {

// google.rpc.Code, those that a refusal can have.
enum class Code : std::uint8_t {
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  unauthenticated = 16,
};

// Why the answer is no: one entry a rule, and two for want of room. Ids are ZITADEL's, messages our own.
enum class Refusal : std::uint8_t {
  // The caller
  no_token,
  token_malformed,
  token_unknown,
  org_unknown,
  no_role,
  permission_missing,
  permission_missing_v2,
  // Limits of fields
  user_id_length,
  key_length,
  value_length,
  user_name_length,
  first_name_length,
  last_name_length,
  nick_name_length,
  display_name_length,
  language_length,
  gender_unknown,
  email_form,
  phone_form,
  name_length,
  description_length,
  token_type_unknown,
  token_id_length,
  org_name_length,
  org_name_blank,
  profile_missing,
  email_missing,
  password_form,
  identity_link_form,
  query_form,
  page_limit_v2,
  // The user aggregate
  user_unknown,
  user_unknown_deactivate,
  user_unknown_reactivate,
  user_unknown_lock,
  user_unknown_unlock,
  user_unknown_remove,
  user_already_inactive,
  user_not_inactive,
  user_not_lockable,
  user_not_locked,
  user_id_taken,
  name_taken,
  // Metadata
  metadata_empty,
  metadata_key_unknown,
  metadata_bulk_key_unknown,
  metadata_not_found,
  user_not_found,
  history_limit,
  moment_form,
  position_not_reached,
  // Tokens
  token_owner_unknown,
  token_owner_human,
  token_expiry_past,
  date_range,
  token_id_unknown,
  // Members
  member_roles_missing,
  member_role_unknown,
  member_user_unknown,
  member_exists,
  instance_member_role_unknown,
  instance_member_user_unknown,
  instance_member_exists,
  // Events
  events_type,
  events_user,
  events_org,
  events_limit,
  event_unknown,
  events_search_types,
  events_search_aggregates,
  events_search_text,
  events_search_time,
  events_search_size,
  // Set-up
  instance_exists,
  // Room
  too_many_commands,
  too_many_followers,
  stopping,
};

struct RefusalText {
  Code code;
  std::string_view id;  // empty: the answer carries none
  std::string_view message;
};
const RefusalText& text_of(Refusal refusal);

}  // namespace usermeta
