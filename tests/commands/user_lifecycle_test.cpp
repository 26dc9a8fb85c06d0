#include <gtest/gtest.h>

#include "commands/name.hpp"
#include "tests/commands/given.hpp"

namespace usermeta::rules {
namespace {

const Command kDeactivate = DeactivateUser{kUser};
const Command kReactivate = ReactivateUser{kUser};
const Command kLock = LockUser{kUser};
const Command kUnlock = UnlockUser{kUser};
const Command kRemove = RemoveUser{kUser};

TEST(AddMachineUser, ANewOne) {
  given()
      .when(AddMachineUser{kUser, machine("Bot-7")})
      .then(machine("Bot-7"))
      .then_claims({{Name{"user", "bot-7"}, kUser}});
}

TEST(AddMachineUser, ATakenId) {
  const Command add = AddMachineUser{kUser, machine("new")};
  given(machine()).when(add).then_refused(Refusal::user_id_taken);
  given(human()).when(add).then_refused(Refusal::user_id_taken);
  given(machine()).in(kOtherOrg).when(add).then_refused(Refusal::user_id_taken);
  given(machine(), UserRemoved{}).when(add).then_refused(Refusal::user_id_taken);
}

TEST(AddMachineUser, ATakenName) {
  given()
      .taken(user_name_claim("bot"))
      .when(AddMachineUser{kUser, machine("BOT")})
      .then_refused(Refusal::name_taken);
  given().taken(org_name_claim("bot")).when(AddMachineUser{kUser, machine("bot")}).then(machine("bot"));
}

TEST(AddMachineUser, ATakenIdComesBeforeATakenName) {
  given(machine())
      .taken(user_name_claim("new"))
      .when(AddMachineUser{kUser, machine("new")})
      .then_refused(Refusal::user_id_taken);
}

TEST(AddHumanUser, IsInitialUntilItsEmailIsVerified) {
  given()
      .when(AddHumanUser{kUser, human("Ada"), false})
      .then(human("Ada"))
      .then_claims({{Name{"user", "ada"}, kUser}});
  given().when(AddHumanUser{kUser, human(), true}).then(human(), HumanEmailVerified{});
}

TEST(AddHumanUser, DisplayNameIsFirstAndLastUnlessGiven) {
  HumanAdded unnamed = human();
  unnamed.display_name.clear();
  given().when(AddHumanUser{kUser, unnamed, false}).then(human());
  HumanAdded named = human();
  named.display_name = "The Countess";
  given().when(AddHumanUser{kUser, named, false}).then(named);
}

TEST(AddHumanUser, ATakenIdOrName) {
  const Command add = AddHumanUser{kUser, human("new"), false};
  given(machine()).when(add).then_refused(Refusal::user_id_taken);
  given().taken(user_name_claim("NEW")).when(add).then_refused(Refusal::name_taken);
}

TEST(AddUser, NeedsPermissionFirst) {
  const auto nobody = given(machine()).refused_in(kOrg, Refusal::permission_missing);
  nobody.when(AddMachineUser{kUser, machine()}).then_refused(Refusal::permission_missing);
  nobody.when(AddHumanUser{kUser, human(), false}).then_refused(Refusal::permission_missing);
}

// Each command in each state: what happens, or the refusal.
TEST(UserState, Initial) {
  const auto user = given(human());
  user.when(kDeactivate).then(UserDeactivated{});
  user.when(kReactivate).then_refused(Refusal::user_not_inactive);
  user.when(kLock).then(UserLocked{});
  user.when(kUnlock).then_refused(Refusal::user_not_locked);
  user.when(kRemove).then(UserRemoved{}).then_releases({Name{"user", "ada"}});
}

TEST(UserState, Active) {
  for (const auto& user : {given(machine("Ada")), given(human("Ada"), HumanEmailVerified{}),
                           given(machine("Ada"), UserLocked{}, UserUnlocked{}),
                           given(machine("Ada"), UserDeactivated{}, UserReactivated{})}) {
    user.when(kDeactivate).then(UserDeactivated{});
    user.when(kReactivate).then_refused(Refusal::user_not_inactive);
    user.when(kLock).then(UserLocked{});
    user.when(kUnlock).then_refused(Refusal::user_not_locked);
    user.when(kRemove).then(UserRemoved{}).then_releases({Name{"user", "ada"}});
  }
}

TEST(UserState, Inactive) {
  for (const auto& user :
       {given(machine(), UserDeactivated{}), given(machine(), UserLocked{}, UserDeactivated{}),
        given(human(), UserDeactivated{}, HumanEmailVerified{})}) {
    user.when(kDeactivate).then_refused(Refusal::user_already_inactive);
    user.when(kReactivate).then(UserReactivated{});
    user.when(kLock).then_refused(Refusal::user_not_lockable);
    user.when(kUnlock).then_refused(Refusal::user_not_locked);
    user.when(kRemove).then(UserRemoved{});
  }
}

TEST(UserState, Locked) {
  for (const auto& user : {given(machine(), UserLocked{}), given(human(), UserLocked{}),
                           given(human(), UserLocked{}, HumanEmailVerified{})}) {
    user.when(kDeactivate).then(UserDeactivated{});
    user.when(kReactivate).then_refused(Refusal::user_not_inactive);
    user.when(kLock).then_refused(Refusal::user_not_lockable);
    user.when(kUnlock).then(UserUnlocked{});
    user.when(kRemove).then(UserRemoved{});
  }
}

// An initial user that was locked and unlocked is active: a later verification changes nothing.
TEST(UserState, UnlockedIsActive) {
  given(human(), UserLocked{}, UserUnlocked{}, HumanEmailVerified{}).when(kLock).then(UserLocked{});
}

TEST(UserState, AbsentRemovedOrElsewhere) {
  for (const auto& none :
       {given(), given(machine(), UserRemoved{}), given(machine()).in(kOtherOrg),
        given(machine(), UserDeactivated{}, UserRemoved{}), given(machine(), UserLocked{}, UserRemoved{})}) {
    none.when(kDeactivate).then_refused(Refusal::user_unknown_deactivate);
    none.when(kReactivate).then_refused(Refusal::user_unknown_reactivate);
    none.when(kLock).then_refused(Refusal::user_unknown_lock);
    none.when(kUnlock).then_refused(Refusal::user_unknown_unlock);
    none.when(kRemove).then_refused(Refusal::user_unknown_remove);
  }
}

TEST(UserState, PermissionComesFirst) {
  for (const Command& command : {kDeactivate, kReactivate, kLock, kUnlock, kRemove}) {
    given(machine())
        .refused_in(kOrg, Refusal::permission_missing)
        .when(command)
        .then_refused(Refusal::permission_missing);
    given().refused_in(kOrg, Refusal::no_role).when(command).then_refused(Refusal::no_role);
  }
}

TEST(RemoveUser, LeavesMetadataToTheReadModel) {
  given(machine(), metadata("a", "1"), token("9")).when(kRemove).then(UserRemoved{});
}

}  // namespace
}  // namespace usermeta::rules
