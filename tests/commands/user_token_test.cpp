#include <gtest/gtest.h>

#include "tests/commands/given.hpp"

namespace usermeta::rules {
namespace {

using namespace std::chrono_literals;

const Digest kHash = sha256("secret of 9");

AddPersonalAccessToken add(std::optional<Time> expiration = {}) {
  return {kUser, "9", kHash, expiration};
}
PatAdded added(Time expiration, std::optional<Digest> hash = kHash) {
  return {"9", expiration, {}, hash};
}

TEST(AddPersonalAccessToken, ToAMachine) {
  given(machine()).when(add(kNoon + 24h)).then(added(kNoon + 24h));
}

TEST(AddPersonalAccessToken, WithoutAnExpiryItNeverEnds) {
  EXPECT_EQ(to_rfc3339(kNoExpiry), "9999-12-31T23:59:59Z");
  given(machine()).when(add()).then(added(kNoExpiry));
}

TEST(AddPersonalAccessToken, ExpiryInThePast) {
  const auto bot = given(machine()).at(kNoon);
  bot.when(add(kNoon - 1us)).then_refused(Refusal::token_expiry_past);
  bot.when(add(Time{})).then_refused(Refusal::token_expiry_past);
  bot.when(add(kNoon)).then(added(kNoon));
}

TEST(AddPersonalAccessToken, ExpiryComesBeforeTheUser) {
  given().when(add(kNoon)).then_refused(Refusal::token_expiry_past);
}

TEST(AddPersonalAccessToken, UnknownUser) {
  given().when(add()).then_refused(Refusal::token_owner_unknown);
  given(machine(), UserRemoved{}).when(add()).then_refused(Refusal::token_owner_unknown);
  given(machine()).in(kOtherOrg).when(add()).then_refused(Refusal::token_owner_unknown);
}

TEST(AddPersonalAccessToken, ToAHuman) {
  given(human(), HumanEmailVerified{}).when(add()).then_refused(Refusal::token_owner_human);
}

TEST(AddPersonalAccessToken, NeedsPermission) {
  given(human())
      .refused_in(kOrg, Refusal::permission_missing)
      .when(add())
      .then_refused(Refusal::permission_missing);
}

// A user's lock ends its tokens, and unlocking revives none: one made meanwhile never works.
TEST(AddPersonalAccessToken, OfAUserThatIsNotActiveIsDeadFromItsStart) {
  given(machine(), UserLocked{}).when(add()).then(added(kNoExpiry, std::nullopt));
  given(machine(), UserDeactivated{}).when(add()).then(added(kNoExpiry, std::nullopt));
  given(machine(), UserLocked{}, UserUnlocked{}).when(add()).then(added(kNoExpiry));
}

const Command kRemoveToken = RemovePersonalAccessToken{kUser, "9"};

TEST(RemovePersonalAccessToken, AToken) {
  given(machine(), token("8"), token("9")).when(kRemoveToken).then(PatRemoved{"9"});
}

TEST(RemovePersonalAccessToken, AnExpiredToken) {
  given(machine(), added(kNoon - 24h)).when(kRemoveToken).then(PatRemoved{"9"});
}

TEST(RemovePersonalAccessToken, UnknownToken) {
  given(machine(), token("8")).when(kRemoveToken).then_refused(Refusal::token_id_unknown);
  given(machine(), token("9"), PatRemoved{"9"}).when(kRemoveToken).then_refused(Refusal::token_id_unknown);
}

TEST(RemovePersonalAccessToken, UnknownUser) {
  given().when(kRemoveToken).then_refused(Refusal::token_id_unknown);
  given(machine(), token("9"), UserRemoved{}).when(kRemoveToken).then_refused(Refusal::token_id_unknown);
  given(machine(), token("9")).in(kOtherOrg).when(kRemoveToken).then_refused(Refusal::token_id_unknown);
}

TEST(RemovePersonalAccessToken, NeedsPermission) {
  given(machine(), token("9"))
      .refused_in(kOrg, Refusal::permission_missing)
      .when(kRemoveToken)
      .then_refused(Refusal::permission_missing);
}

}  // namespace
}  // namespace usermeta::rules
