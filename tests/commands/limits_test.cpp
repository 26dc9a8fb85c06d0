#include "commands/limits.hpp"

#include <gtest/gtest.h>

#include "tests/commands/given.hpp"

namespace usermeta {
namespace {

using rules::entry;
using rules::human;
using rules::kUser;

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

void expect_fine(const Command& command) {
  EXPECT_EQ(check_limits(command), std::nullopt);
}
void expect_refused(const Command& command, Refusal refusal) {
  EXPECT_EQ(check_limits(command), refusal);
}

const std::string kNul("a\0b", 3);

TEST(Limits, UserIdHasOneTo200CodePoints) {
  const std::string ids[] = {"", times(201, "1"), times(201, "é"), kNul};
  for (const std::string& id : ids) {
    const Command commands[] = {
        SetUserMetadata{id, entry("", "")},
        BulkSetUserMetadata{id, {}},
        RemoveUserMetadata{id, ""},
        BulkRemoveUserMetadata{id, {}},
        AddHumanUser{id, {}, false},
        AddMachineUser{id, {}},
        DeactivateUser{id},
        ReactivateUser{id},
        LockUser{id},
        UnlockUser{id},
        RemoveUser{id},
        AddPersonalAccessToken{id, "", {}, {}},
        RemovePersonalAccessToken{id, ""},
        AddOrgMember{id, {}},
        RemoveOrgMember{id},
        AddInstanceMember{id, {}},
        RemoveInstanceMember{id},
    };
    for (const Command& command : commands) expect_refused(command, Refusal::user_id_length);
    EXPECT_EQ(check_user_id(id), Refusal::user_id_length);
  }
  for (const std::string& id : {std::string("1"), times(200, "1"), times(200, "é"), times(200, "🔑")})
    expect_fine(RemoveUser{id});
}

TEST(Limits, KeyHasOneTo200CodePoints) {
  for (const std::string& key : {std::string(), times(201, "k"), times(201, "é"), times(201, "🔑"), kNul}) {
    expect_refused(SetUserMetadata{kUser, entry(key, "")}, Refusal::key_length);
    expect_refused(RemoveUserMetadata{kUser, key}, Refusal::key_length);
    expect_refused(BulkSetUserMetadata{kUser, {entry("k", "v"), entry(key, "v")}}, Refusal::key_length);
    expect_refused(BulkRemoveUserMetadata{kUser, {"k", key}}, Refusal::key_length);
    EXPECT_EQ(check_key(key), Refusal::key_length);
  }
  for (const std::string& key : {std::string("k"), times(200, "k"), times(200, "é"), times(200, "🔑"),
                                 std::string("/"), std::string(" "), std::string("\x01")}) {
    expect_fine(SetUserMetadata{kUser, entry(key, "v")});
    expect_fine(RemoveUserMetadata{kUser, key});
    expect_fine(BulkSetUserMetadata{kUser, {entry(key, "v"), entry(key, "v")}});
    expect_fine(BulkRemoveUserMetadata{kUser, {key, key}});
  }
}

TEST(Limits, ValueHasOneTo500000Bytes) {
  for (const std::string& value : {std::string(), times(500'001, "v")}) {
    expect_refused(SetUserMetadata{kUser, entry("k", value)}, Refusal::value_length);
    expect_refused(BulkSetUserMetadata{kUser, {entry("k", "v"), entry("k", value)}}, Refusal::value_length);
  }
  for (const std::string& value : {std::string(1, '\0'), times(500'000, "\xff")}) {
    expect_fine(SetUserMetadata{kUser, entry("k", value)});
    expect_fine(BulkSetUserMetadata{kUser, {entry("k", value)}});
  }
}

TEST(Limits, BulkOfNothing) {
  expect_refused(BulkSetUserMetadata{kUser, {}}, Refusal::metadata_empty);
  expect_refused(BulkRemoveUserMetadata{kUser, {}}, Refusal::metadata_empty);
}

// A field of a human: too short or too long, and just right.
void check_human(std::string HumanAdded::*field, std::size_t least, std::size_t most, Refusal refusal) {
  const auto with = [&](std::string text) {
    AddHumanUser add{kUser, human(), false};
    add.human.*field = std::move(text);
    return add;
  };
  if (least > 0)
    expect_refused(with(""), refusal);
  else
    expect_fine(with(""));
  expect_fine(with("é"));
  expect_fine(with(times(most, "é")));
  expect_refused(with(times(most + 1, "é")), refusal);
  expect_refused(with(kNul), refusal);
}

TEST(Limits, HumanFields) {
  check_human(&HumanAdded::user_name, 1, 200, Refusal::user_name_length);
  check_human(&HumanAdded::first_name, 1, 200, Refusal::first_name_length);
  check_human(&HumanAdded::last_name, 1, 200, Refusal::last_name_length);
  check_human(&HumanAdded::nick_name, 0, 200, Refusal::nick_name_length);
  check_human(&HumanAdded::display_name, 0, 200, Refusal::display_name_length);
  check_human(&HumanAdded::preferred_language, 0, 10, Refusal::language_length);
}

TEST(Limits, GenderIsKnown) {
  for (const int gender : {-1, 4}) {
    AddHumanUser add{kUser, human(), false};
    add.human.gender = gender;
    expect_refused(add, Refusal::gender_unknown);
  }
}

TEST(Limits, EmailOfAHuman) {
  AddHumanUser add{kUser, human(), false};
  add.human.email = "ada";
  expect_refused(add, Refusal::email_form);
  add.human.email.clear();
  expect_refused(add, Refusal::email_form);
}

TEST(Limits, IsEmail) {
  for (const std::string& good : {std::string("a@b"), std::string("ada.byron+x@mail.example.com"),
                                  std::string("o'neil@example.com"), times(64, "a") + "@b"})
    EXPECT_TRUE(is_email(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("@"), std::string("a@"), std::string("@b"), std::string("ab"),
        std::string("a@b@c"), std::string("a b@c"), std::string("a@b c"), std::string("a@.b"),
        std::string("a@b."), std::string("a@b..c"), std::string("a@b\n"), std::string("a@\x7f"),
        times(65, "a") + "@b", "a@" + times(253, "b"), kNul + "@b"})
    EXPECT_FALSE(is_email(bad)) << bad;
}

TEST(Limits, MachineFields) {
  const auto with = [](MachineAdded added) { return AddMachineUser{kUser, std::move(added)}; };
  expect_fine(with({"bot", "Bot", "", 0}));
  expect_fine(with({times(200, "é"), times(200, "é"), times(500, "é"), 1}));
  expect_fine(with({" ", " ", "", 0}));
  for (const std::string& bad : {std::string(), times(201, "é"), kNul}) {
    expect_refused(with({bad, "Bot", "", 0}), Refusal::user_name_length);
    expect_refused(with({"bot", bad, "", 0}), Refusal::name_length);
  }
  expect_refused(with({"bot", "Bot", times(501, "é"), 0}), Refusal::description_length);
  expect_refused(with({"bot", "Bot", kNul, 0}), Refusal::description_length);
  expect_refused(with({"bot", "Bot", "", 2}), Refusal::token_type_unknown);
  expect_refused(with({"bot", "Bot", "", -1}), Refusal::token_type_unknown);
}

TEST(Limits, ATokenExpiresInTheYearsOneTo9999) {
  const Time behind = std::chrono::sys_days{std::chrono::January / 1 / 10000};
  expect_fine(AddPersonalAccessToken{kUser, "", {}, std::nullopt});
  expect_fine(AddPersonalAccessToken{kUser, "", {}, behind - std::chrono::microseconds{1}});
  for (const Time time : {behind, Time::max(), Time::min()})
    expect_refused(AddPersonalAccessToken{kUser, "", {}, time}, Refusal::date_range);
}

TEST(Limits, TokenId) {
  expect_fine(RemovePersonalAccessToken{kUser, times(200, "é")});
  for (const std::string& id : {std::string(), times(201, "é"), kNul})
    expect_refused(RemovePersonalAccessToken{kUser, id}, Refusal::token_id_length);
}

TEST(Limits, OrganisationName) {
  expect_fine(AddOrg{"1", times(200, "é"), "7"});
  for (const std::string& name : {std::string(), times(201, "é"), times(201, " "), kNul})
    expect_refused(AddOrg{"1", name, "7"}, Refusal::org_name_length);
  expect_refused(AddOrg{"1", " \t\r\n", "7"}, Refusal::org_name_blank);
}

// The first that is broken answers: id, then key, then value.
TEST(Limits, InOrder) {
  expect_refused(SetUserMetadata{"", entry("", "")}, Refusal::user_id_length);
  expect_refused(SetUserMetadata{kUser, entry("", "")}, Refusal::key_length);
  expect_refused(BulkSetUserMetadata{kUser, {entry("k", ""), entry("", "v")}}, Refusal::value_length);
}

}  // namespace
}  // namespace usermeta
