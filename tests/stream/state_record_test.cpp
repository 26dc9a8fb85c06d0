#include "stream/state_record.hpp"

#include <gmock/gmock.h>

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Recorded event_of(const std::string& type, const std::string& payload = "{}", int revision = 2) {
  Recorded event;
  event.position = 7;
  event.sequence = 3;
  event.aggregate = {AggregateType::user, "u"};
  event.type = type;
  event.revision = revision;
  event.created_at = from_rfc3339("2026-01-02T03:04:05.678901Z").value();
  event.payload = payload;
  return event;
}

TEST(StateRecord, ASetHasTheValuesBytes) {
  const auto records =
      state_records("state", event_of("user.metadata.set", R"({"key":"k/1","value":"AP8="})"), {});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].topic, "state");
  EXPECT_EQ(records[0].key, "u/k/1");
  EXPECT_EQ(records[0].value, std::string("\0\xFF", 2));
  EXPECT_THAT(records[0].headers, ElementsAre(Pair("position", "7")));
  EXPECT_EQ(records[0].timestamp, 1'767'323'045'678);
}

TEST(StateRecord, ARemovalIsATombstone) {
  const auto records = state_records("state", event_of("user.metadata.removed", R"({"key":"k"})"), {});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].key, "u/k");
  EXPECT_EQ(records[0].value, std::nullopt);
}

TEST(StateRecord, WhatRemovesAllIsATombstoneForEachKey) {
  for (const std::string type : {"user.removed", "user.metadata.removed.all"}) {
    const Recorded event = event_of(type);
    EXPECT_TRUE(removes_all_metadata(event)) << type;
    const auto records = state_records("state", event, {"a", "b"});
    ASSERT_EQ(records.size(), 2U) << type;
    EXPECT_EQ(records[0].key, "u/a") << type;
    EXPECT_EQ(records[1].key, "u/b") << type;
    EXPECT_FALSE(records[0].value || records[1].value) << type;
  }
}

TEST(StateRecord, AnErasedValueIsATombstone) {
  const auto set = state_records("state", event_of("user.metadata.set", R"({"erased":true,"key":"k"})"), {});
  ASSERT_EQ(set.size(), 1U);
  EXPECT_EQ(set[0].value, std::nullopt);
  const Recorded one = event_of("user.metadata.values.erased", R"({"key":"k"})", 1);
  EXPECT_FALSE(removes_all_metadata(one));
  const auto erased = state_records("state", one, {});
  ASSERT_EQ(erased.size(), 1U);
  EXPECT_EQ(erased[0].key, "u/k");
  EXPECT_EQ(erased[0].value, std::nullopt);
  const Recorded all = event_of("user.metadata.values.erased", "{}", 1);
  EXPECT_TRUE(removes_all_metadata(all));
  EXPECT_EQ(state_records("state", all, {"a", "b"}).size(), 2U);
}

TEST(StateRecord, OtherEventsChangeNothing) {
  for (const std::string type : {"user.locked", "user.machine.added", "org.added"}) {
    EXPECT_THAT(state_records("state", event_of(type), {}), IsEmpty()) << type;
    EXPECT_FALSE(removes_all_metadata(event_of(type))) << type;
  }
}

TEST(StateRecord, AnEventThatCannotBeReadIsNamed) {
  EXPECT_THROW(state_records("state", event_of("user.metadata.set", "damaged"), {}), UnreadableEvent);
}

TEST(StateRecord, AKeyIsOfOneUserOnly) {
  EXPECT_EQ(state_key("a", "b/c"), "a/b/c");
  EXPECT_EQ(state_key("a/b", "c"), "a%2Fb/c");
  EXPECT_EQ(state_key("a%2Fb", "c%"), "a%252Fb/c%");
}

TEST(StateRecord, ByReferenceItIsNoTombstone) {
  const auto records =
      state_records("state", event_of("user.metadata.set", R"({"key":"k","value":"AA=="})"), {});
  const KafkaRecord reference =
      state_record_by_reference(records.at(0), {.instance = "17", .external_url = "https://h"}, 7);
  EXPECT_EQ(reference.key, "u/k");
  EXPECT_EQ(reference.value, "");
  EXPECT_THAT(reference.headers,
              ElementsAre(Pair("position", "7"), Pair("dataref", "https://h/usermeta/v1/events/7")));
}

}  // namespace
}  // namespace usermeta
