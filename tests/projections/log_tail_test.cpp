#include "projections/log_tail.hpp"

#include <gmock/gmock.h>

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A batch of so many events that goes on from that position.
std::shared_ptr<const Batch> batch_at(Position known, int events, const std::string& value = "v") {
  Batch made;
  made.known.position = known;
  for (int i = 0; i < events; ++i) {
    NewEvent event;
    event.aggregate = {AggregateType::user, "u"};
    event.event = MetadataSet{"k", Value(value)};
    made.events.push_back(std::move(event));
  }
  return std::make_shared<const Batch>(std::move(made));
}

std::vector<Position> positions(const std::vector<std::shared_ptr<const Batch>>& batches) {
  std::vector<Position> known;
  for (const auto& taken : batches) known.push_back(taken->known.position);
  return known;
}

TEST(LogTail, GivesWhatGoesOnFromAPositionOnce) {
  LogTail tail(1 << 20);
  tail.add(batch_at(10, 2));
  tail.add(batch_at(12, 3));
  EXPECT_THAT(positions(tail.take(10, 100)), ElementsAre(10, 12));
  EXPECT_TRUE(tail.empty());
  EXPECT_THAT(tail.take(15, 100), IsEmpty());
}

TEST(LogTail, GivesNothingWhenWhatComesNextIsNotThere) {
  LogTail tail(1 << 20);
  tail.add(batch_at(10, 2));
  EXPECT_THAT(tail.take(9, 100), IsEmpty());
  EXPECT_THAT(positions(tail.take(10, 100)), ElementsAre(10));
}

TEST(LogTail, BeginsWithTheBatchThatThePositionLiesIn) {
  LogTail tail(1 << 20);
  tail.add(batch_at(10, 2));
  tail.add(batch_at(12, 3));
  tail.add(batch_at(15, 1));
  EXPECT_THAT(positions(tail.take(13, 100)), ElementsAre(12, 15));
}

TEST(LogTail, GivesAboutAsManyEventsAsAreWanted) {
  LogTail tail(1 << 20);
  for (const Position known : {0, 2, 4, 6}) tail.add(batch_at(known, 2));
  EXPECT_THAT(positions(tail.take(0, 3)), ElementsAre(0, 2));
  EXPECT_FALSE(tail.empty());
  EXPECT_THAT(positions(tail.take(4, 3)), ElementsAre(4, 6));
}

TEST(LogTail, ForgetsWhatLiesBeforeAGap) {
  LogTail tail(1 << 20);
  tail.add(batch_at(10, 2));
  tail.add(batch_at(14, 2));
  EXPECT_THAT(tail.take(10, 100), IsEmpty());
  EXPECT_THAT(positions(tail.take(14, 100)), ElementsAre(14));
}

TEST(LogTail, ForgetsTheOldestBeyondItsBound) {
  LogTail tail(3000);
  tail.add(batch_at(0, 1, std::string(1000, 'x')));
  tail.add(batch_at(1, 1));
  tail.add(batch_at(2, 1, std::string(1000, 'x')));
  EXPECT_THAT(tail.take(0, 100), IsEmpty());
  EXPECT_THAT(positions(tail.take(1, 100)), ElementsAre(1, 2));
  tail.add(batch_at(3, 1, std::string(5000, 'x')));
  EXPECT_TRUE(tail.empty());
}

}  // namespace
}  // namespace usermeta
