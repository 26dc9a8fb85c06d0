#include "projections/leaf_tail.hpp"

#include <gmock/gmock.h>

#include "proof/audit_entry.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time kNoon = std::chrono::sys_days{std::chrono::May / 4 / 2025} + std::chrono::hours{12};
const std::string kSource = "urn:usermeta:instance:4f0c";

// The event that stands at that position.
NewEvent event_of(Position position) {
  NewEvent event;
  event.aggregate = {AggregateType::user, "u" + std::to_string(position)};
  event.sequence = 7;
  event.owner = "org";
  event.creator = "creator";
  event.event = MetadataSet{"key", Value("value " + std::to_string(position))};
  event.salt.fill(static_cast<std::byte>(position));
  event.origin = {"request", "", "192.0.2.1"};
  return event;
}

// A batch of so many events that goes on from that position.
Batch batch(Position known, int events) {
  Batch made;
  made.known.position = known;
  made.created_at = kNoon;
  for (int i = 0; i < events; ++i) made.events.push_back(event_of(++known));
  return made;
}

// As the log would give it.
Digest leaf(Position position) {
  const NewEvent event = event_of(position);
  const EventType& type = type_of(event.event);
  const Recorded recorded{
      position,    event.aggregate, event.sequence, std::string(type.name),      type.revision,
      kNoon,       event.creator,   event.owner,    encode_payload(event.event), event.salt,
      event.origin};
  return leaf_hash(audit_entry(recorded, kSource, payload_hash(recorded.salt, recorded.payload)));
}

TEST(LeafTail, HasTheLeavesThatTheLogWouldGive) {
  LeafTail tail(100);
  tail.add(batch(10, 2), kSource);
  tail.add(batch(12, 1), kSource);
  EXPECT_THAT(tail.take(10, 100), ElementsAre(leaf(11), leaf(12), leaf(13)));
  EXPECT_TRUE(tail.empty());
  EXPECT_THAT(tail.take(13, 100), IsEmpty());
}

TEST(LeafTail, GivesEachOnceAndAsManyAsAreWanted) {
  LeafTail tail(100);
  tail.add(batch(10, 5), kSource);
  EXPECT_THAT(tail.take(10, 2), ElementsAre(leaf(11), leaf(12)));
  EXPECT_THAT(tail.take(10, 2), IsEmpty());
  EXPECT_FALSE(tail.empty());
  EXPECT_THAT(tail.take(12, 2), ElementsAre(leaf(13), leaf(14)));
}

TEST(LeafTail, GivesNothingWhenWhatComesNextIsNotThere) {
  LeafTail tail(100);
  tail.add(batch(10, 2), kSource);
  EXPECT_THAT(tail.take(9, 100), IsEmpty());
  EXPECT_THAT(tail.take(10, 100), ElementsAre(leaf(11), leaf(12)));
  tail.add(batch(12, 1), kSource);
  EXPECT_THAT(tail.take(14, 100), IsEmpty());
  EXPECT_TRUE(tail.empty());
}

TEST(LeafTail, ForgetsWhatLiesBeforeThePosition) {
  LeafTail tail(100);
  tail.add(batch(10, 3), kSource);
  EXPECT_THAT(tail.take(12, 100), ElementsAre(leaf(13)));
  tail.add(batch(13, 3), kSource);
  EXPECT_THAT(tail.take(16, 100), IsEmpty());
  EXPECT_TRUE(tail.empty());
}

TEST(LeafTail, ForgetsWhatLiesBeforeAGap) {
  LeafTail tail(100);
  tail.add(batch(10, 2), kSource);
  tail.add(batch(14, 2), kSource);
  EXPECT_THAT(tail.take(10, 100), IsEmpty());
  EXPECT_THAT(tail.take(14, 100), ElementsAre(leaf(15), leaf(16)));
}

TEST(LeafTail, ForgetsAllBeyondItsBound) {
  LeafTail tail(4);
  tail.add(batch(0, 3), kSource);
  tail.add(batch(3, 2), kSource);
  EXPECT_THAT(tail.take(0, 100), IsEmpty());
  EXPECT_THAT(tail.take(3, 100), ElementsAre(leaf(4), leaf(5)));
  tail.add(batch(5, 5), kSource);
  EXPECT_TRUE(tail.empty());
}

TEST(LeafTail, KeepsNothingOfABatchThatCannotBeAnEntry) {
  LeafTail tail(100);
  tail.add(batch(10, 2), kSource);
  Batch late = batch(12, 2);
  late.created_at = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
  tail.add(late, kSource);
  EXPECT_TRUE(tail.empty());
}

}  // namespace
}  // namespace usermeta
