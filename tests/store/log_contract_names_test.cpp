#include <gmock/gmock.h>

#include "support/log_databases.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Name kAda{"user", "ada"};
const Name kBob{"user", "bob"};

class NamesContract : public LogContract {
 protected:
  void names(std::vector<std::pair<Name, std::string>> claims, std::vector<Name> releases) {
    Batch next = batch(head(), {{"u", UserLocked{}}});
    next.claims = std::move(claims);
    next.releases = std::move(releases);
    ASSERT_EQ(append(next), Appended::written);
  }
};
INSTANTIATE_TEST_SUITE_P(Log, NamesContract, every_log_database(), name_of_log_database);

TEST_P(NamesContract, AClaimedNameIsTakenInItsScopeOnly) {
  names({{kAda, "u"}, {{"org", "bob"}, "o"}}, {});
  EXPECT_THAT(load({}, {kAda, kBob, {"org", "ada"}, {"org", "bob"}}).taken,
              UnorderedElementsAre(kAda, Name{"org", "bob"}));
}

TEST_P(NamesContract, AReleasedNameIsFreeAndCanBeClaimedAgain) {
  names({{kAda, "u"}, {kBob, "v"}}, {});
  names({}, {kAda});
  EXPECT_THAT(load({}, {kAda, kBob}).taken, ElementsAre(kBob));
  names({{kAda, "w"}}, {});
  EXPECT_THAT(load({}, {kAda, kBob}).taken, UnorderedElementsAre(kAda, kBob));
}

TEST_P(NamesContract, SomeNamesAreClaimedWhileOthersAreReleasedInOneBatch) {
  names({{kAda, "u"}}, {});
  names({{kBob, "v"}}, {kAda});
  EXPECT_THAT(load({}, {kAda, kBob}).taken, ElementsAre(kBob));
}

// What is left of a release and a claim of one name in one batch, and of a claim and a release.
TEST_P(NamesContract, AClaimTakesAHeldNameOverAndAReleaseOfAFreeOneDoesNothing) {
  names({{kAda, "u"}}, {});
  names({{kAda, "w"}}, {});
  EXPECT_THAT(load({}, {kAda}).taken, ElementsAre(kAda));
  names({}, {kAda, kBob});
  EXPECT_THAT(load({}, {kAda, kBob}).taken, IsEmpty());
  names({}, {kAda});
}

TEST_P(NamesContract, ManyNamesAreLookedUpAtOnceAlsoBesideAggregates) {
  std::vector<std::pair<Name, std::string>> claims;
  std::vector<Name> asked;
  for (int i = 0; i < 600; ++i) {
    asked.push_back({"user", "n" + std::to_string(i)});
    if (i % 2 == 0) claims.emplace_back(asked.back(), std::to_string(i));
  }
  names(claims, {});
  const Loaded loaded = load({{{AggregateType::user, "u"}, true, {}}}, asked);
  EXPECT_EQ(loaded.taken.size(), 300U);
  EXPECT_EQ(loaded.facts.size(), 1U);
}

TEST_P(NamesContract, NamesAreComparedByteByByte) {
  names({{{"user", "straße"}, "u"}, {{"user", "%"}, "v"}}, {});
  EXPECT_THAT(load({}, {{"user", "STRASSE"}, {"user", "strasse"}, {"user", "_"}}).taken, IsEmpty());
  EXPECT_THAT(load({}, {{"user", "straße"}}).taken, ElementsAre(Name{"user", "straße"}));
}

}  // namespace
}  // namespace usermeta
