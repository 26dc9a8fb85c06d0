#include "commands/aggregate_cache.hpp"

#include <gtest/gtest.h>

#include "tests/commands/given.hpp"

namespace usermeta {
namespace {

using rules::facts_of;
using rules::kOrg;
using rules::kUser;
using rules::machine;
using rules::metadata;
using rules::user_id;

const AggregateId kId = user_id(kUser);

Needed needed(const AggregateId& id, std::vector<std::string> slots = {}, bool header = true) {
  return {id, header, std::move(slots)};
}

Fact fact(const AggregateId& id, Sequence sequence, Event event) {
  return {id, sequence, rules::kNoon, kOrg, std::move(event)};
}

// A cache with users "0", "1", ... that were filled in that order; `bytes` is what all of them take.
struct Filled {
  explicit Filled(int users, std::size_t bytes = SIZE_MAX) : cache(bytes) {
    for (int i = 0; i < users; ++i) {
      const AggregateId id = user_id(std::to_string(i));
      cache.fill(needed(id, {"metadata/a"}), std::vector{fact(id, 1, machine())});
    }
  }
  std::string left() const {
    std::string ids;
    for (int i = 0; i < 10; ++i)
      if (cache.contains(user_id(std::to_string(i)))) ids += std::to_string(i);
    return ids;
  }
  AggregateCache cache;
};

std::size_t bytes_of_one() {
  return Filled(1).cache.bytes();
}

TEST(AggregateCache, AsksForAllOfWhatIsNotHere) {
  AggregateCache cache(1 << 20);
  const auto missing = cache.missing(needed(kId, {"metadata/a", "token/9"}));
  ASSERT_TRUE(missing);
  EXPECT_TRUE(missing->header);
  EXPECT_EQ(missing->slots, (std::vector<std::string>{"metadata/a", "token/9"}));
}

TEST(AggregateCache, AsksForTheSlotsThatAreNotHere) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId, {"metadata/a"}), facts_of({machine(), metadata("a", "1")}));
  EXPECT_EQ(cache.missing(needed(kId, {"metadata/a"})), std::nullopt);
  const auto missing = cache.missing(needed(kId, {"metadata/a", "metadata/b", "token/9"}));
  ASSERT_TRUE(missing);
  EXPECT_FALSE(missing->header);
  EXPECT_EQ(missing->slots, (std::vector<std::string>{"metadata/b", "token/9"}));
}

TEST(AggregateCache, KnowsThatThereIsNothing) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId, {"metadata/a"}), {});
  EXPECT_EQ(cache.missing(needed(kId, {"metadata/a"})), std::nullopt);
  EXPECT_EQ(cache.user(kUser).state, User::State::absent);
  EXPECT_EQ(cache.sequence(kId), 0);
}

TEST(AggregateCache, FillsASlotLater) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId), facts_of({machine(), metadata("a", "1"), metadata("b", "1")}));
  cache.fill(needed(kId, {"metadata/a", "metadata/c"}, false), std::vector{fact(kId, 2, metadata("a", "1"))});
  EXPECT_EQ(cache.user(kUser).metadata.at("a"), sha256("1"));
  EXPECT_EQ(cache.user(kUser).metadata.at("c"), std::nullopt);
  EXPECT_EQ(cache.sequence(kId), 3);
  EXPECT_EQ(cache.user(kUser).metadata_sequence, 3);
}

// All metadata was removed after that set.
TEST(AggregateCache, FillsAClearedSlotLater) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId), facts_of({machine(), metadata("a", "1"), MetadataRemovedAll{}}));
  cache.fill(needed(kId, {"metadata/a"}, false), std::vector{fact(kId, 2, metadata("a", "1"))});
  EXPECT_EQ(cache.user(kUser).metadata.at("a"), std::nullopt);
}

TEST(AggregateCache, FillsAMemberLater) {
  const AggregateId org{AggregateType::org, kOrg};
  AggregateCache cache(1 << 20);
  cache.fill(needed(org, {"member/1"}), std::vector{fact(org, 1, OrgAdded{"Acme"})});
  EXPECT_FALSE(cache.membership(org).members.at("1"));
  EXPECT_TRUE(cache.missing(needed(org, {"member/2"})));
  cache.fill(needed(org, {"member/2"}, false), std::vector{fact(org, 2, OrgMemberAdded{"2", {}})});
  EXPECT_TRUE(cache.membership(org).members.at("2"));
  EXPECT_EQ(cache.sequence(org), 1);
}

TEST(AggregateCache, AppliesTheNextEvent) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId, {"metadata/a"}), facts_of({machine()}));
  cache.apply(fact(kId, 2, metadata("a", "1")));
  EXPECT_EQ(cache.sequence(kId), 2);
  EXPECT_EQ(cache.user(kUser).metadata.at("a"), sha256("1"));
}

TEST(AggregateCache, IgnoresAnEventThatItHasSeen) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId, {"metadata/a"}), facts_of({machine(), metadata("a", "1"), metadata("a", "2")}));
  cache.apply(fact(kId, 2, metadata("a", "1")));
  EXPECT_EQ(cache.user(kUser).metadata.at("a"), sha256("2"));
  EXPECT_EQ(cache.sequence(kId), 3);
}

TEST(AggregateCache, DropsWhatMissedAnEvent) {
  AggregateCache cache(1 << 20);
  cache.fill(needed(kId), facts_of({machine()}));
  cache.apply(fact(kId, 3, metadata("a", "1")));
  EXPECT_FALSE(cache.contains(kId));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(AggregateCache, IgnoresEventsOfWhatIsNotHere) {
  AggregateCache cache(1 << 20);
  cache.apply(fact(kId, 1, machine()));
  EXPECT_FALSE(cache.contains(kId));
}

TEST(AggregateCache, DecidingOnWhatIsNotHereIsABug) {
  const AggregateCache cache(1 << 20);
  EXPECT_THROW(cache.user(kUser), std::logic_error);
  EXPECT_THROW(cache.membership({AggregateType::org, kOrg}), std::logic_error);
  EXPECT_THROW(cache.sequence(kId), std::logic_error);
}

TEST(AggregateCache, CountsIdsAndSlots) {
  const std::size_t one = bytes_of_one();
  Filled filled(1);
  filled.cache.apply(fact(user_id("0"), 2, metadata(std::string(200, 'k'), "1")));
  EXPECT_GE(filled.cache.bytes(), one + 200);
  AggregateCache new_user(1 << 20);
  new_user.fill(needed(kId), {});
  const std::size_t nobody = new_user.bytes();
  new_user.apply(fact(kId, 1, MachineAdded{std::string(200, 'n'), {}, {}}));
  EXPECT_GE(new_user.bytes(), nobody + 200);
  AggregateCache long_id(1 << 20);
  long_id.fill(needed(user_id(std::string(800, 'u'))), {});
  AggregateCache short_id(1 << 20);
  short_id.fill(needed(user_id("u")), {});
  EXPECT_GE(long_id.bytes(), short_id.bytes() + 2 * 799);
}

TEST(AggregateCache, ShrinksToItsBound) {
  Filled filled(5, 3 * bytes_of_one());
  EXPECT_EQ(filled.left(), "01234");
  filled.cache.shrink();
  EXPECT_EQ(filled.left(), "234");
  EXPECT_EQ(filled.cache.bytes(), 3 * bytes_of_one());
  EXPECT_EQ(filled.cache.size(), 3U);
}

TEST(AggregateCache, KeepsWhatWasLookedAtLately) {
  Filled filled(5, 3 * bytes_of_one());
  filled.cache.pin(user_id("0"));  // a decision that changed nothing
  filled.cache.unpin(user_id("0"));
  filled.cache.apply(fact(user_id("1"), 2, UserLocked{}));
  filled.cache.shrink();
  EXPECT_EQ(filled.left(), "014");
}

TEST(AggregateCache, NeverDropsWhatIsPinned) {
  Filled filled(5, 0);
  filled.cache.pin(user_id("1"));
  filled.cache.pin(user_id("3"));
  filled.cache.pin(user_id("3"));
  filled.cache.shrink();
  EXPECT_EQ(filled.left(), "13");
  filled.cache.unpin(user_id("1"));
  filled.cache.unpin(user_id("3"));
  filled.cache.shrink();
  EXPECT_EQ(filled.left(), "3");
  filled.cache.unpin(user_id("3"));
  filled.cache.shrink();
  EXPECT_EQ(filled.left(), "");
  EXPECT_EQ(filled.cache.bytes(), 0U);
}

TEST(AggregateCache, PinsWhatIsNotHereYet) {
  AggregateCache cache(0);
  cache.pin(kId);
  cache.fill(needed(kId), facts_of({machine()}));
  cache.shrink();
  EXPECT_TRUE(cache.contains(kId));
  cache.unpin(kId);
  EXPECT_THROW(cache.unpin(kId), std::logic_error);
}

TEST(AggregateCache, KeepsThePinsOfWhatItDrops) {
  Filled filled(1, 0);
  const AggregateId id = user_id("0");
  filled.cache.pin(id);
  filled.cache.drop(id);
  filled.cache.fill(needed(id), std::vector{fact(id, 1, machine())});
  filled.cache.shrink();
  EXPECT_TRUE(filled.cache.contains(id));
  filled.cache.unpin(id);
  EXPECT_THROW(filled.cache.unpin(id), std::logic_error);
  filled.cache.shrink();
  EXPECT_FALSE(filled.cache.contains(id));
}

// What comes one by one is counted as it comes, what goes by all that is left.
TEST(AggregateCache, CountsSlotsThatComeAndGo) {
  Filled filled(1);
  const AggregateId id = user_id("0");
  const std::size_t one = filled.cache.bytes();
  filled.cache.fill(needed(id, {"metadata/b", "token/c"}, false), {});
  const std::size_t two_more = filled.cache.bytes();
  EXPECT_GT(two_more, one + 2 * 100);
  filled.cache.apply(fact(id, 2, metadata("b", "known already")));
  EXPECT_EQ(filled.cache.bytes(), two_more);
  filled.cache.apply(fact(id, 3, metadata("d", "new")));
  EXPECT_GT(filled.cache.bytes(), two_more + 100);
  filled.cache.apply(fact(id, 4, UserRemoved{}));
  EXPECT_LT(filled.cache.bytes(), one);
}

}  // namespace
}  // namespace usermeta
