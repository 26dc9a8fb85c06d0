#include <gmock/gmock.h>

#include "tests/stream/event_at.hpp"
#include "tests/stream/publication_fixture.hpp"

// The topic of the transparency log's checkpoints, beside the topic of the events.

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SignedCheckpoint checkpoint_of(Position size) {
  return {.size = size,
          .note = "log.example\n" + std::to_string(size) + "\nroot=\n\n\u2014 log.example key=\n"};
}

class CheckpointPublicationTest : public PublicationFixture {
 protected:
  CheckpointPublicationTest() : PublicationFixture({"events.checkpoints"}) {}
  std::unique_ptr<Publication> open(bool checkpoints = true) {
    Publication::Options options;
    options.checkpoints = checkpoints;
    return PublicationFixture::open(std::move(options));
  }
  std::vector<std::string> notes() {
    std::vector<std::string> found;
    for (const KafkaRecord& record : kafka.records("events.checkpoints")) found.push_back(*record.value);
    return found;
  }
};

TEST_F(CheckpointPublicationTest, ACheckpointIsARecordUnderTheNameOfItsLog) {
  const auto publication = open();
  publication->take(std::vector{checkpoint_of(3), checkpoint_of(5)});
  publication->commit();
  EXPECT_THAT(notes(), ElementsAre(checkpoint_of(3).note, checkpoint_of(5).note));
  EXPECT_EQ(kafka.records("events.checkpoints").front().key, "log.example");
  EXPECT_EQ(publication->checkpoint_position(), 5);
}

TEST_F(CheckpointPublicationTest, ItsPositionIsOneOfItsOwn) {
  const auto publication = open();
  publication->take({event_at(1, "user.removed", "{}"), event_at(2, "user.removed", "{}")});
  publication->commit();
  EXPECT_EQ(publication->events_position(), 2);
  EXPECT_EQ(publication->checkpoint_position(), 0);
  publication->take(std::vector{checkpoint_of(1)});
  publication->commit();
  EXPECT_EQ(publication->position(), 2);
  EXPECT_THAT(positions(), ElementsAre("17/events 2", "17/events.checkpoints 1"));
}

TEST_F(CheckpointPublicationTest, TheNextPublicationKnowsTheLastOne) {
  {
    const auto before = open();
    before->take(std::vector{checkpoint_of(7)});
    before->commit();
  }
  EXPECT_EQ(open()->checkpoint_position(), 7);
}

TEST_F(CheckpointPublicationTest, WhatWasNotCommittedIsNotKnown) {
  {
    const auto before = open();
    before->take(std::vector{checkpoint_of(7)});
  }
  EXPECT_EQ(open()->checkpoint_position(), 0);
}

TEST_F(CheckpointPublicationTest, UnlessWantedThereIsNone) {
  const auto publication = open(false);
  publication->take({event_at(1, "user.removed", "{}")});
  publication->commit();
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_EQ(publication->checkpoint_position(), 0);
}

}  // namespace
}  // namespace usermeta
