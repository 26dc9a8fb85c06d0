#include "http/openapi_fields.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "commands/limits.hpp"

namespace usermeta {
namespace {

// A row for one message stands before the row for all; commands/limits.cpp and the api_*.cpp check them.
constexpr std::array kRules{
    FieldRule{"AddMachineUserRequest.user_id", false, 1, kLongestName},
    FieldRule{"AddIAMMemberRequest.roles"},
    FieldRule{"MetadataKeyQuery.key", false, 0, kLongestName},
    FieldRule{"MetadataKeyFilter.key", false, 0, kLongestName},
    FieldRule{"PaginationRequest.limit", false, 0, kMostListed},
    // ZITADEL's search has a message of that name too, and takes a larger limit for its largest.
    FieldRule{"usermeta.v1.ListEventsRequest.limit", false, 0, kMostListed},
    FieldRule{"ListEventsRequest.user", false, 1, kLongestName},
    FieldRule{"ListEventsRequest.org", false, 1, kLongestName},
    FieldRule{"ListEventsRequest.editor_user_id", false, 0, kLongestName},
    FieldRule{"ListEventsRequest.aggregate_id", false, 0, kLongestName},
    FieldRule{"ListEventsRequest.resource_owner", false, 0, kLongestName},
    FieldRule{"IDP.display_name"},
    FieldRule{"HashedPassword.value"},
    FieldRule{"Email.email", true, 3, kLongestEmail, "email"},
    FieldRule{"Phone.phone", true, 1, kMostPhoneBytes, "^\\+"},

    FieldRule{"id", true, 1, kLongestName},
    FieldRule{"user_id", true, 1, kLongestName},
    FieldRule{"token_id", true, 1, kLongestName},
    FieldRule{"position", true},
    FieldRule{"ListHistoryRequest.key", false, 1, kLongestName},
    FieldRule{"ListHistoryRequest.limit", false, 0, kMostListed},
    FieldRule{"ListMetadataAtRequest.after", false, 1, kLongestName},
    FieldRule{"ListMetadataAtRequest.limit", false, 0, kMostListed},
    FieldRule{"EraseValuesRequest.key", false, 1, kLongestName},
    FieldRule{"config_id", true, 1},
    FieldRule{"external_user_id", true, 1},
    FieldRule{"key", true, 1, kLongestName},
    FieldRule{"value", true, 1, kMostValueBytes},
    FieldRule{"keys", true, 1},
    FieldRule{"metadata", true, 1},
    FieldRule{"key_query", true},
    FieldRule{"key_filter", true},
    FieldRule{"user_name", true, 1, kLongestName},
    FieldRule{"profile", true},
    FieldRule{"email", true},
    FieldRule{"first_name", true, 1, kLongestName},
    FieldRule{"last_name", true, 1, kLongestName},
    FieldRule{"nick_name", false, 0, kLongestName},
    FieldRule{"display_name", false, 0, kLongestName},
    FieldRule{"preferred_language", false, 0, kLongestLanguage},
    FieldRule{"password", false, 0, kMostPasswordBytes},
    FieldRule{"initial_password", false, 0, kMostPasswordBytes},
    FieldRule{"name", true, 1, kLongestName},
    FieldRule{"description", false, 0, kLongestDescription},
    FieldRule{"roles", true, 1},
};

}  // namespace

FieldRule field_rule(const google::protobuf::FieldDescriptor& field) {
  const std::string with_message = field.containing_type()->name() + '.' + field.name();
  const auto matches = [&](const FieldRule& rule) {
    return rule.field == field.full_name() || rule.field == with_message || rule.field == field.name();
  };
  const auto found = std::ranges::find_if(kRules, matches);
  return found == kRules.end() ? FieldRule{} : *found;
}

FieldRule element_rule(const google::protobuf::FieldDescriptor& field) {
  if (field.name() == "keys") return {"keys[]", true, 1, kLongestName};
  if (field.name() == "type" || field.name() == "event_types" || field.name() == "aggregate_types")
    return {"type[]", true, 1, kLongestName};
  return {};
}

}  // namespace usermeta
