#include "commands/refusal.hpp"

#include <string>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

struct RefusalRow {
  Refusal refusal;
  int code;
  const char* id;
};

// Clients switch on these.
const RefusalRow kRefusalRows[] = {
    {Refusal::no_token, 16, ""},
    {Refusal::token_malformed, 16, "AUTH-toLo1"},
    {Refusal::token_unknown, 16, "AUTH-7fs1e"},
    {Refusal::org_unknown, 7, "AUTH-Bs7Ds"},
    {Refusal::no_role, 5, "AUTHZ-cdgFk"},
    {Refusal::permission_missing, 7, "AUTH-5mWD2"},
    {Refusal::permission_missing_v2, 7, "AUTH-AWfge"},
    {Refusal::org_name_blank, 3, "EVENT-Mf9sd"},
    {Refusal::page_limit_v2, 3, "QUERY-4M0fs"},
    {Refusal::user_unknown, 9, "COMMAND-uXHNj"},
    {Refusal::user_unknown_deactivate, 5, "COMMAND-3M9ds"},
    {Refusal::user_unknown_reactivate, 5, "COMMAND-4M0sd"},
    {Refusal::user_unknown_lock, 5, "COMMAND-5M9fs"},
    {Refusal::user_unknown_unlock, 5, "COMMAND-M0dos"},
    {Refusal::user_unknown_remove, 5, "COMMAND-m9od"},
    {Refusal::user_already_inactive, 9, "COMMAND-5M0sf"},
    {Refusal::user_not_inactive, 9, "COMMAND-6M0sf"},
    {Refusal::user_not_lockable, 9, "COMMAND-3NN8v"},
    {Refusal::user_not_locked, 9, "COMMAND-4M0ds"},
    {Refusal::user_id_taken, 9, "COMMAND-k2una"},
    {Refusal::name_taken, 6, "V3-DKcYh"},
    {Refusal::metadata_empty, 9, "META-9mm2d"},
    {Refusal::metadata_key_unknown, 5, "META-ncnw3"},
    {Refusal::metadata_bulk_key_unknown, 5, "META-2nnds"},
    {Refusal::metadata_not_found, 5, "QUERY-Rgh32"},
    {Refusal::token_owner_unknown, 9, "COMMAND-Dggw2"},
    {Refusal::token_owner_human, 9, "COMMAND-Df2f1"},
    {Refusal::token_expiry_past, 3, "DOMAIN-dv3t5"},
    {Refusal::token_id_unknown, 5, "COMMAND-4m77G"},
    {Refusal::member_roles_missing, 3, "ORG-4Mlfs"},
    {Refusal::member_role_unknown, 3, "Org-4N8es"},
    {Refusal::member_user_unknown, 9, "ORG-GoXOn"},
    {Refusal::member_exists, 6, "ORG-poWwe"},
    {Refusal::instance_member_role_unknown, 3, "INSTANCE-4m0fS"},
    {Refusal::instance_member_user_unknown, 9, "INSTA-GSXOn"},
    {Refusal::instance_member_exists, 6, "INSTA-pFDwe"},
    {Refusal::events_type, 3, ""},
    {Refusal::events_limit, 3, ""},
    {Refusal::event_unknown, 5, ""},
    {Refusal::events_search_time, 4, ""},
    {Refusal::events_search_size, 9, ""},
    {Refusal::too_many_followers, 8, ""},
};

TEST(Refusal, CodesAndIds) {
  for (const RefusalRow& row : kRefusalRows) {
    EXPECT_EQ(static_cast<int>(text_of(row.refusal).code), row.code) << row.id;
    EXPECT_EQ(text_of(row.refusal).id, row.id);
  }
}

// A field that is too long or of no known form: code 3 without an id.
TEST(Refusal, OfFieldsHaveNoId) {
  for (auto i = static_cast<int>(Refusal::user_id_length); i <= static_cast<int>(Refusal::query_form); ++i) {
    const auto refusal = static_cast<Refusal>(i);
    if (refusal == Refusal::org_name_blank) continue;
    EXPECT_EQ(text_of(refusal).code, Code::invalid_argument) << text_of(refusal).message;
    EXPECT_EQ(text_of(refusal).id, "") << text_of(refusal).message;
  }
}

TEST(Refusal, EveryOneHasAMessage) {
  for (int i = 0; i <= static_cast<int>(Refusal::stopping); ++i)
    EXPECT_FALSE(text_of(static_cast<Refusal>(i)).message.empty()) << i;
}

}  // namespace
}  // namespace usermeta
