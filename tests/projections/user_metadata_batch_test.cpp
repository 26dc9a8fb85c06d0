#include "projections/user_metadata_batch.hpp"

#include <gmock/gmock.h>

#include "projections/user_metadata_table.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time kNoon = std::chrono::sys_days{std::chrono::May / 4 / 2025} + std::chrono::hours{12};

// Events of users in the log's order; each happens a second after the one before it.
class Events {
 public:
  Events& operator()(const std::string& user, const Event& event) {
    const EventType& type = type_of(event);
    ++position_;
    batch.apply({position_,
                 {type.aggregate, user},
                 ++sequences_[user],
                 std::string(type.name),
                 type.revision,
                 at(position_),
                 "creator",
                 "org of " + user,
                 encode_payload(event),
                 Salt{},
                 {}});
    return *this;
  }
  static Time at(Position position) { return kNoon + std::chrono::seconds(position); }

  UserMetadataBatch batch;

 private:
  Position position_ = 0;
  std::map<std::string, Sequence> sequences_;
};

MetadataSet set(const std::string& key, const std::string& value) {
  return {key, Value(value)};
}

// "user/key=value created changed sequence", times in seconds, one a line.
std::string rows(const UserMetadataBatch& batch) {
  const auto seconds = [](Time time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time - kNoon).count());
  };
  std::string text;
  for (const auto& [key, row] : batch.set())
    text += key.first + "/" + key.second + "=" + row.value + " " + seconds(row.created_at) + " " +
            seconds(row.changed_at) + " " + std::to_string(row.sequence) + "\n";
  return text;
}

TEST(UserMetadataBatch, NothingToDoAtFirst) {
  const UserMetadataBatch batch;
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.position(), 0);
}

TEST(UserMetadataBatch, EventsThatDoNotConcernItMoveItsPositionOnly) {
  Events events;
  events("u", MachineAdded{"bot", "", "", 0})("u", UserLocked{})("o", OrgAdded{"o"});
  EXPECT_TRUE(events.batch.empty());
  EXPECT_EQ(events.batch.position(), 3);
}

TEST(UserMetadataBatch, ASetIsARow) {
  Events events;
  events("u", set("a", "1"))("v", set("a", std::string("\0\xff", 2)));
  EXPECT_EQ(rows(events.batch), std::string("u/a=1 1 1 1\nv/a=\0\xff 2 2 1\n", 25));
  EXPECT_EQ(events.batch.set().begin()->second.owner, "org of u");
  EXPECT_THAT(events.batch.removed(), IsEmpty());
  EXPECT_FALSE(events.batch.empty());
}

TEST(UserMetadataBatch, SetsOfOneKeyKeepTheFirstsDateAndTheLastsValue) {
  Events events;
  events("u", set("a", "1"))("u", set("b", "x"))("u", set("a", "2"))("u", set("a", "3"));
  EXPECT_EQ(rows(events.batch), "u/a=3 1 4 4\nu/b=x 2 2 2\n");
}

TEST(UserMetadataBatch, ARemovalLeavesARowToRemove) {
  Events events;
  events("u", set("a", "1"))("u", MetadataRemoved{"a"})("v", MetadataRemoved{"b"});
  EXPECT_EQ(rows(events.batch), "");
  EXPECT_THAT(events.batch.removed(),
              ElementsAre(UserMetadataBatch::Key{"u", "a"}, UserMetadataBatch::Key{"v", "b"}));
}

TEST(UserMetadataBatch, ASetAfterARemovalIsCreatedAnew) {
  Events events;
  events("u", set("a", "1"))("u", MetadataRemoved{"a"})("u", set("a", "2"))("u", set("a", "3"));
  EXPECT_EQ(rows(events.batch), "u/a=3 3 4 4\n");
  // The old row goes before the new one comes, so that its date goes with it.
  EXPECT_THAT(events.batch.removed(), ElementsAre(UserMetadataBatch::Key{"u", "a"}));
}

TEST(UserMetadataBatch, AKeyThatACommandNamedTwiceIsRemovedTwice) {
  Events events;
  events("u", MetadataRemoved{"a"})("u", MetadataRemoved{"a"})("u", set("a", "1"))("u", set("a", "2"));
  EXPECT_EQ(rows(events.batch), "u/a=2 3 4 4\n");
}

TEST(UserMetadataBatch, ARemovedUserOrAllKeysTakesAllRowsOfThatUserAlone) {
  for (const Event& end :
       {Event(UserRemoved{}), Event(MetadataRemovedAll{}), Event(MetadataValuesErased{})}) {
    Events events;
    events("u", set("a", "1"))("u", set("", "2"))("u", set("z", "3"));
    events("t", set("a", "1"))("u2", set("a", "1"))("uu", set("a", "1"));
    events("u", end);
    EXPECT_EQ(rows(events.batch), "t/a=1 4 4 1\nu2/a=1 5 5 1\nuu/a=1 6 6 1\n");
    EXPECT_THAT(events.batch.cleared_users(), ElementsAre("u"));
  }
}

TEST(UserMetadataBatch, ASetAfterAllKeysWereRemovedStays) {
  Events events;
  events("u", set("a", "1"))("u", MetadataRemovedAll{})("u", set("a", "2"));
  EXPECT_EQ(rows(events.batch), "u/a=2 3 3 3\n");
  EXPECT_THAT(events.batch.cleared_users(), ElementsAre("u"));
}

TEST(UserMetadataBatch, AKeyWhoseValuesAreErasedIsGone) {
  Events events;
  events("u", set("a", "1"))("u", set("b", "2"))("u", MetadataValuesErased{"a"});
  EXPECT_EQ(rows(events.batch), "u/b=2 2 2 2\n");
  EXPECT_THAT(events.batch.removed(), ElementsAre(std::pair("u", "a")));
  events("u", set("a", "3"));
  EXPECT_EQ(rows(events.batch), "u/a=3 4 4 4\nu/b=2 2 2 2\n");
}

// The log is read anew after the values were taken out of it: before the event that says so there is none.
TEST(UserMetadataBatch, AValueThatIsErasedAlreadyIsNone) {
  Events events;
  events("u", MetadataSet{"a", Value(""), true});
  EXPECT_TRUE(events.batch.set().at({"u", "a"}).erased);
  EXPECT_THAT(events.batch.removed(), ElementsAre(std::pair("u", "a")));
  PgParams params;
  add_set(params, events.batch);
  PgParams nothing;
  add_set(nothing, UserMetadataBatch());
  EXPECT_EQ(params.lengths(), nothing.lengths());
}

TEST(UserMetadataBatch, AnEventThatCannotBeReadLeavesItAsItWas) {
  Events events;
  events("u", set("a", "1"));
  Recorded bad{
      2, {AggregateType::user, "u"}, 2, "user.metadata.set", 3, kNoon, "c", "o", "{\"key\":\"a\"}", {}, {}};
  EXPECT_THROW(events.batch.apply(bad), UnreadableEvent);
  bad.revision = 2;
  bad.payload = "{";
  EXPECT_THROW(events.batch.apply(bad), UnreadableEvent);
  bad.type = "user.of.the.future";
  bad.payload = "{}";
  EXPECT_THROW(events.batch.apply(bad), UnreadableEvent);
  EXPECT_EQ(rows(events.batch), "u/a=1 1 1 1\n");
  EXPECT_EQ(events.batch.position(), 1);
}

}  // namespace
}  // namespace usermeta
