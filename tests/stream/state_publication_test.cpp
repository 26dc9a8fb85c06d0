#include <gmock/gmock.h>

#include "stream/published_positions.hpp"
#include "tests/stream/event_at.hpp"
#include "tests/stream/publication_fixture.hpp"

// The topic of what is true now, beside the topic of the events.

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Recorded set_at(Position position, const std::string& key, const std::string& base64 = "eA==") {
  return event_at(position, "user.metadata.set", R"({"key":")" + key + R"(","value":")" + base64 + "\"}");
}

class StatePublicationTest : public PublicationFixture {
 protected:
  StatePublicationTest() : PublicationFixture({"state"}) {}
  std::unique_ptr<Publication> open(const std::string& state_topic = "state") {
    Publication::Options options;
    options.state_topic = state_topic;
    return PublicationFixture::open(std::move(options));
  }
  // "KEY=VALUE POSITION", or "KEY POSITION" for a tombstone.
  std::vector<std::string> state() {
    std::vector<std::string> found;
    for (const KafkaRecord& record : kafka.records("state"))
      found.push_back(record.key + (record.value ? "=" + *record.value : "") + " " +
                      record.headers.at(0).second);
    return found;
  }
  std::size_t events() { return kafka.records("events").size(); }
};

TEST_F(StatePublicationTest, ATransactionHasTheStateAndAPositionOfItsOwn) {
  const auto publication = open();
  EXPECT_EQ(publication->position(), std::nullopt);
  publication->take({set_at(1, "a"), set_at(2, "b"), event_at(3, "user.metadata.removed", R"({"key":"a"})"),
                     event_at(4, "user.removed", "{}")},
                    {{4, {"a", "b"}}});
  publication->commit();
  EXPECT_EQ(publication->position(), 4);
  EXPECT_EQ(publication->state_position(), 4);
  EXPECT_EQ(events(), 4U);
  EXPECT_THAT(state(), ElementsAre("u/a=x 1", "u/b=x 2", "u/a 3", "u/a 4", "u/b 4"));
  EXPECT_THAT(positions(), ElementsAre("17/events 4", "17/state 4"));
}

TEST_F(StatePublicationTest, WithoutTheTopicThereIsNone) {
  const auto publication = open("");
  publication->take({set_at(1, "a")});
  publication->commit();
  EXPECT_THAT(state(), IsEmpty());
  EXPECT_THAT(positions(), ElementsAre("17/events 1"));
}

// The events that it catches up with are not published again, and their position does not go back.
TEST_F(StatePublicationTest, SwitchedOnLaterItCatchesUpFromTheBeginning) {
  {
    const auto without = open("");
    without->take({set_at(1, "a"), set_at(2, "b"), set_at(3, "c")});
    without->commit();
  }
  {
    const auto with = open();
    EXPECT_EQ(with->position(), std::nullopt);
    with->take({set_at(1, "a"), set_at(2, "b")});
    with->commit();
    EXPECT_EQ(with->position(), 2);
  }
  const auto again = open();
  EXPECT_EQ(again->position(), 2);
  again->take({set_at(3, "c"), set_at(4, "d")});
  again->commit();
  EXPECT_EQ(again->position(), 4);
  EXPECT_EQ(events(), 4U);
  EXPECT_THAT(state(), ElementsAre("u/a=x 1", "u/b=x 2", "u/c=x 3", "u/d=x 4"));
  EXPECT_THAT(positions(), ElementsAre("17/events 3", "17/state 2", "17/events 4", "17/state 4"));
}

TEST_F(StatePublicationTest, WhatTheStateHasAlreadyIsNotSentToItAgain) {
  kafka.add({position_record("events.positions", "17", "state", 2)});
  const auto publication = open();
  EXPECT_EQ(publication->position(), std::nullopt);
  publication->take({set_at(1, "a"), set_at(2, "b"), set_at(3, "c")});
  publication->commit();
  EXPECT_EQ(events(), 3U);
  EXPECT_THAT(state(), ElementsAre("u/c=x 3"));
}

TEST_F(StatePublicationTest, AValueThatIsTooLargeIsEmptyAndRefersToItsEvent) {
  const auto publication = open();
  // "AAAA" is three bytes.
  std::string large;
  for (int i = 0; i < 1 << 20; ++i) large += "AAAA";
  publication->take({set_at(1, "a", large), set_at(2, "b")});
  publication->commit();
  const auto records = kafka.records("state");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].value, "");
  EXPECT_THAT(records[0].headers, UnorderedElementsAre(std::pair("position", "1"),
                                                       std::pair("dataref", "/usermeta/v1/events/1")));
  EXPECT_EQ(records[1].value, "x");
  EXPECT_EQ(publication->oversized(), 2U);  // the event as well
}

TEST_F(StatePublicationTest, WhatCannotBeReadKeepsBackNoneOfThoseBefore) {
  const auto publication = open();
  EXPECT_THROW(publication->take({set_at(1, "a"), event_at(2, "user.metadata.set", "damaged")}),
               UnreadableEvent);
  publication->commit();
  EXPECT_EQ(publication->position(), 1);
  EXPECT_EQ(events(), 1U);
  EXPECT_THAT(state(), ElementsAre("u/a=x 1"));
}

}  // namespace
}  // namespace usermeta
