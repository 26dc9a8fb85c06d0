#include <gtest/gtest.h>

#include "tests/commands/given.hpp"

namespace usermeta::rules {
namespace {

using namespace std::chrono_literals;

SetUserMetadata set(const std::string& key, const std::string& value) {
  return {kUser, entry(key, value)};
}

EraseMetadataValues erase(const std::string& key = {}) {
  return {kUser, key};
}

TEST(SetUserMetadata, NewKey) {
  given(machine()).when(set("a", "1")).then(metadata("a", "1"));
}

TEST(SetUserMetadata, ChangedValue) {
  given(machine(), metadata("a", "1")).when(set("a", "2")).then(metadata("a", "2"));
}

TEST(SetUserMetadata, AnEarlierValueIsAChange) {
  given(machine(), metadata("a", "1"), metadata("a", "2")).when(set("a", "1")).then(metadata("a", "1"));
}

TEST(SetUserMetadata, KeysAreCaseSensitive) {
  given(machine(), metadata("key", "1")).when(set("Key", "1")).then(metadata("Key", "1"));
}

TEST(SetUserMetadata, AfterARemovalTheSameValueIsAChange) {
  given(machine(), metadata("a", "1"), MetadataRemoved{"a"}).when(set("a", "1")).then(metadata("a", "1"));
  given(machine(), metadata("a", "1"), MetadataRemovedAll{}).when(set("a", "1")).then(metadata("a", "1"));
}

// The details are those of the user's last metadata event, whatever its key, and of no other event.
TEST(SetUserMetadata, SameValueChangesNothing) {
  given(machine(), metadata("a", "1"), metadata("b", "1"), UserLocked{})
      .when(set("a", "1"))
      .then_unchanged({3, kNoon + 3s, kOrg});
  given(machine(), metadata("a", "1"), metadata("b", "1"), MetadataRemoved{"b"})
      .when(set("a", "1"))
      .then_unchanged({4, kNoon + 4s, kOrg});
}

TEST(SetUserMetadata, EveryStateOfAUserThatExists) {
  const Event set_event = metadata("a", "1");
  given(human()).when(set("a", "1")).then(set_event);
  given(human(), HumanEmailVerified{}).when(set("a", "1")).then(set_event);
  given(machine(), UserDeactivated{}).when(set("a", "1")).then(set_event);
  given(machine(), UserDeactivated{}, UserReactivated{}).when(set("a", "1")).then(set_event);
  given(machine(), UserLocked{}).when(set("a", "1")).then(set_event);
  given(machine(), UserLocked{}, UserUnlocked{}).when(set("a", "1")).then(set_event);
}

template <class MetadataCommand>
class OnAUser : public testing::Test {};

struct Set {
  static Command command() { return set("a", "2"); }
};
struct BulkSet {
  static Command command() { return BulkSetUserMetadata{kUser, {entry("a", "2")}}; }
};
struct Remove {
  static Command command() { return RemoveUserMetadata{kUser, "a"}; }
};
struct BulkRemove {
  static Command command() { return BulkRemoveUserMetadata{kUser, {"a"}}; }
};
using AllCommands = testing::Types<Set, BulkSet, Remove, BulkRemove>;
TYPED_TEST_SUITE(OnAUser, AllCommands);

TYPED_TEST(OnAUser, AbsentRemovedOrElsewhere) {
  const Command command = TypeParam::command();
  given().when(command).then_refused(Refusal::user_unknown);
  given().in("").when(command).then_refused(Refusal::user_unknown);
  given(machine(), metadata("a", "1"), UserRemoved{}).when(command).then_refused(Refusal::user_unknown);
  given(machine(), metadata("a", "1")).in(kOtherOrg).when(command).then_refused(Refusal::user_unknown);
}

// In the organisation acted in, permission comes first; in the user's own (v2), the user does.
TYPED_TEST(OnAUser, PermissionAndUserInOrder) {
  const Command command = TypeParam::command();
  const auto user = given(machine(), metadata("a", "1"));
  user.refused_in(kOrg, Refusal::no_role).when(command).then_refused(Refusal::no_role);
  given().refused_in(kOrg, Refusal::no_role).when(command).then_refused(Refusal::no_role);
  user.in(kOtherOrg).refused_in(kOtherOrg, Refusal::no_role).when(command).then_refused(Refusal::no_role);
  user.in("")
      .refused_in(kOrg, Refusal::permission_missing_v2)
      .when(command)
      .then_refused(Refusal::permission_missing_v2);
  given().in("").refused_in("", Refusal::no_role).when(command).then_refused(Refusal::user_unknown);
}

TEST(SetUserMetadata, InTheUsersOwnOrganisation) {
  given(machine()).in("").when(set("a", "1")).then(metadata("a", "1"));
}

TEST(BulkSetUserMetadata, ChangesOnlyWhatDiffers) {
  given(machine(), metadata("a", "1"), metadata("b", "1"))
      .when(BulkSetUserMetadata{kUser, {entry("a", "1"), entry("b", "2"), entry("c", "1")}})
      .then(metadata("b", "2"), metadata("c", "1"));
}

TEST(BulkSetUserMetadata, NothingChanged) {
  given(machine(), metadata("a", "1"), metadata("b", "1"))
      .when(BulkSetUserMetadata{kUser, {entry("b", "1"), entry("a", "1")}})
      .then_unchanged({3, kNoon + 3s, kOrg});
}

TEST(BulkSetUserMetadata, TheSamePairTwiceGivesTwoEvents) {
  given(machine())
      .when(BulkSetUserMetadata{kUser, {entry("a", "1"), entry("a", "1")}})
      .then(metadata("a", "1"), metadata("a", "1"));
}

TEST(BulkSetUserMetadata, OfAKeyTwiceTheLastWins) {
  given(machine())
      .when(BulkSetUserMetadata{kUser, {entry("a", "1"), entry("a", "2")}})
      .then(metadata("a", "1"), metadata("a", "2"));
}

// Each entry is compared with the state before the call, so a second entry that sets what was there is none.
TEST(BulkSetUserMetadata, ComparesWithTheStateBeforeTheCall) {
  given(machine(), metadata("a", "1"))
      .when(BulkSetUserMetadata{kUser, {entry("a", "2"), entry("a", "1")}})
      .then(metadata("a", "2"));
}

TEST(RemoveUserMetadata, AKey) {
  given(machine(), metadata("a", "1"), metadata("b", "1"))
      .when(RemoveUserMetadata{kUser, "a"})
      .then(MetadataRemoved{"a"});
}

TEST(RemoveUserMetadata, UnknownKey) {
  const RemoveUserMetadata remove{kUser, "a"};
  given(machine()).when(remove).then_refused(Refusal::metadata_key_unknown);
  given(machine(), metadata("A", "1")).when(remove).then_refused(Refusal::metadata_key_unknown);
  given(machine(), metadata("a", "1"), MetadataRemoved{"a"})
      .when(remove)
      .then_refused(Refusal::metadata_key_unknown);
  given(machine(), metadata("a", "1"), MetadataRemovedAll{})
      .when(remove)
      .then_refused(Refusal::metadata_key_unknown);
}

TEST(BulkRemoveUserMetadata, SomeKeys) {
  given(machine(), metadata("a", "1"), metadata("b", "1"), metadata("c", "1"))
      .when(BulkRemoveUserMetadata{kUser, {"c", "a"}})
      .then(MetadataRemoved{"c"}, MetadataRemoved{"a"});
}

TEST(BulkRemoveUserMetadata, AnyUnknownKeyRefusesAll) {
  given(machine(), metadata("a", "1"))
      .when(BulkRemoveUserMetadata{kUser, {"a", "b"}})
      .then_refused(Refusal::metadata_bulk_key_unknown);
}

TEST(BulkRemoveUserMetadata, AKeyTwiceGivesTwoEvents) {
  given(machine(), metadata("a", "1"))
      .when(BulkRemoveUserMetadata{kUser, {"a", "a"}})
      .then(MetadataRemoved{"a"}, MetadataRemoved{"a"});
}

TEST(EraseMetadataValues, OfOneKeyAndOfAll) {
  given(machine(), metadata("a", "1")).when(erase("a")).then(MetadataValuesErased{"a"});
  given(machine(), metadata("a", "1")).when(erase()).then(MetadataValuesErased{});
}

// What the key has had is in the log whatever the key has now.
TEST(EraseMetadataValues, HappensEachTimeThatItIsAskedFor) {
  given(machine()).when(erase("a")).then(MetadataValuesErased{"a"});
  given(machine(), metadata("a", "1"), MetadataRemoved{"a"}).when(erase("a")).then(MetadataValuesErased{"a"});
  given(machine(), MetadataValuesErased{}).when(erase()).then(MetadataValuesErased{});
}

TEST(EraseMetadataValues, OfARemovedUserToo) {
  given(machine(), metadata("a", "1"), UserRemoved{}).when(erase()).then(MetadataValuesErased{});
  given(machine(), metadata("a", "1"), UserRemoved{}).in("").when(erase()).then(MetadataValuesErased{});
}

TEST(EraseMetadataValues, OfNobodyIsRefused) {
  given().when(erase()).then_refused(Refusal::user_not_found);
  given(machine()).in(kOtherOrg).when(erase()).then_refused(Refusal::user_not_found);
}

TEST(EraseMetadataValues, WantsThePermission) {
  given(machine()).refused_in(kOrg, Refusal::no_role).when(erase()).then_refused(Refusal::no_role);
  given(machine()).in("").refused_in(kOrg, Refusal::no_role).when(erase()).then_refused(Refusal::no_role);
}

// The key is gone, and so any value is a change to it.
TEST(EraseMetadataValues, TakesWhatTheKeyHasNow) {
  given(machine(), metadata("a", "1"), metadata("b", "2"), MetadataValuesErased{"a"})
      .when(set("a", "1"))
      .then(metadata("a", "1"));
  given(machine(), metadata("a", "1"), metadata("b", "2"), MetadataValuesErased{"a"})
      .when(set("b", "2"))
      .then_unchanged({4, kNoon + 4s, kOrg});
  given(machine(), metadata("a", "1"), metadata("b", "2"), MetadataValuesErased{})
      .when(set("b", "2"))
      .then(metadata("b", "2"));
  const MetadataSet erased{"a", Value(""), true};
  given(machine(), erased, MetadataValuesErased{}, UserLocked{})
      .when(RemoveUserMetadata{kUser, "a"})
      .then_refused(Refusal::metadata_key_unknown);
  given(machine(), erased).when(RemoveUserMetadata{kUser, "a"}).then_refused(Refusal::metadata_key_unknown);
}

}  // namespace
}  // namespace usermeta::rules
