#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/event.hpp"

namespace usermeta {
namespace {

// A value of each alternative of Event.
template <std::size_t... I>
std::vector<Event> one_of_each(std::index_sequence<I...>) {
  const auto make = []<class E>(std::in_place_type_t<E>) -> Event {
    if constexpr (std::is_same_v<E, MetadataSet>)
      return MetadataSet{"", Value("")};
    else
      return E{};
  };
  return {make(std::in_place_type<std::variant_alternative_t<I, Event>>)...};
}

const std::vector<Event>& all() {
  static const auto events = one_of_each(std::make_index_sequence<std::variant_size_v<Event>>{});
  return events;
}

TEST(EventType, IsFoundByItsName) {
  std::set<std::string_view> names;
  for (const Event& event : all()) {
    const EventType& type = type_of(event);
    EXPECT_EQ(find_type(type.name), &type);
    EXPECT_EQ(event_type_index(type), event.index());
    names.insert(type.name);
  }
  EXPECT_EQ(names.size(), all().size());
  EXPECT_EQ(find_type("user.metadata"), nullptr);
  EXPECT_EQ(find_type(""), nullptr);
}

TEST(EventType, BeginsWithItsAggregate) {
  for (const Event& event : all()) {
    const EventType& type = type_of(event);
    EXPECT_TRUE(type.name.starts_with(std::string(name_of(type.aggregate)) + ".")) << type.name;
  }
}

// Tokens end when their user is locked, deactivated or removed; unlocking and reactivating revive none.
TEST(EventType, ChangesAccess) {
  EXPECT_THAT(access_types(), testing::UnorderedElementsAre(
                                  "instance.member.added", "instance.member.removed", "org.added",
                                  "org.member.added", "org.member.removed", "user.pat.added",
                                  "user.pat.removed", "user.locked", "user.deactivated", "user.removed"));
}

TEST(EventSlot, OfMetadataIsTheKey) {
  EXPECT_EQ(slot_of(MetadataSet{"a", Value("1")}), "metadata/a");
  EXPECT_EQ(slot_of(MetadataRemoved{"a"}), "metadata/a");
  EXPECT_EQ(slot_of(MetadataSet{"a/b", Value("1")}), "metadata/a/b");
  EXPECT_EQ(slot_of(MetadataRemovedAll{}), "metadata");
  EXPECT_EQ(slot_of(MetadataValuesErased{"a"}), "metadata/a");
  EXPECT_EQ(slot_of(MetadataValuesErased{}), "metadata");
  EXPECT_EQ(metadata_slot("a"), "metadata/a");
}

TEST(EventSlot, OfTokensAndMembersIsTheirId) {
  EXPECT_EQ(slot_of(PatAdded{"9", {}, {}, {}}), "token/9");
  EXPECT_EQ(slot_of(PatRemoved{"9"}), "token/9");
  EXPECT_EQ(slot_of(OrgMemberAdded{"7", {}}), "member/7");
  EXPECT_EQ(slot_of(OrgMemberRemoved{"7"}), "member/7");
  EXPECT_EQ(slot_of(InstanceMemberAdded{"7", {}}), "member/7");
  EXPECT_EQ(slot_of(InstanceMemberRemoved{"7"}), "member/7");
  EXPECT_EQ(token_slot("9"), "token/9");
  EXPECT_EQ(member_slot("7"), "member/7");
}

TEST(EventSlot, OfEverythingElseIsTheState) {
  EXPECT_EQ(slot_of(HumanEmailVerified{}), "email");
  const std::set<std::string> others{"metadata/", "metadata", "token/", "member/", "email", "state"};
  std::size_t states = 0;
  for (const Event& event : all()) {
    EXPECT_TRUE(others.contains(slot_of(event)));
    states += slot_of(event) == "state";
  }
  EXPECT_EQ(states, 9U);  // instance, org, human and machine added, and the five changes of a user's state
}

TEST(AggregateTypeName, IsStorage) {
  EXPECT_EQ(name_of(AggregateType::instance), "instance");
  EXPECT_EQ(name_of(AggregateType::org), "org");
  EXPECT_EQ(name_of(AggregateType::user), "user");
  EXPECT_EQ(find_aggregate_type("instance"), AggregateType::instance);
  EXPECT_EQ(find_aggregate_type("org"), AggregateType::org);
  EXPECT_EQ(find_aggregate_type("user"), AggregateType::user);
  EXPECT_EQ(find_aggregate_type("User"), std::nullopt);
}

}  // namespace
}  // namespace usermeta
