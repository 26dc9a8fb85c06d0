#include "stream/published_positions.hpp"

#include <gmock/gmock.h>

#include "stream/kafka_failed.hpp"
#include "tests/stream/mock_kafka.hpp"

// The last position is found whatever a broker answers on the way: what is overlooked is published twice.

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::ThrowsMessage;

const std::string kTopic = "events.positions";

class PublishedPositionsTest : public testing::Test {
 protected:
  void SetUp() override { kafka.make_topic(kTopic); }

  void publish(const std::string& topic, Position position) {
    kafka.add({position_record(kTopic, "17", topic, position)});
  }
  std::map<std::string, Position> read() {
    return read_positions(kafka.settings(), {}, kTopic, stop.get_token(),
                          [this](const std::string& why) { retried(why); });
  }
  // A failure is as good: the publisher tries again.
  void expect_42_or_a_failure(const std::string& when) {
    try {
      EXPECT_THAT(read(), ElementsAre(Pair("17/events", 42))) << when;
    } catch (const KafkaFailed&) {
      EXPECT_THAT(read(), ElementsAre(Pair("17/events", 42))) << when;
    }
  }
  void retried(const std::string& why) {
    waits.push_back(why);
    if (stop_when_waiting) stop.request_stop();
  }

  MockKafka kafka;
  std::stop_source stop;
  std::vector<std::string> waits;
  bool stop_when_waiting = false;
};

TEST_F(PublishedPositionsTest, AnEmptyTopicHasNone) {
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(PublishedPositionsTest, OfEachTopicTheLastOneCounts) {
  publish("events", 1);
  publish("again", 7);
  publish("events", 9'223'372'036'854'775'807);
  EXPECT_THAT(read(), ElementsAre(Pair("17/again", 7), Pair("17/events", 9'223'372'036'854'775'807)));
}

TEST_F(PublishedPositionsTest, ATombstoneForgetsOne) {
  publish("events", 1);
  publish("again", 2);
  kafka.add({KafkaRecord{.topic = kTopic, .key = position_key("17", "again"), .value = {}}});
  EXPECT_THAT(read(), ElementsAre(Pair("17/events", 1)));
}

TEST_F(PublishedPositionsTest, AQuestionForAnOffsetThatFailsMakesNoEmptyTopic) {
  publish("events", 41);
  publish("events", 42);
  for (const auto error : {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                           RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                           RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__TRANSPORT})
    for (const std::size_t before : {0U, 1U}) {
      std::vector<rd_kafka_resp_err_t> answers(before, RD_KAFKA_RESP_ERR_NO_ERROR);
      answers.push_back(error);
      kafka.answer(Request::list_offsets, answers);
      expect_42_or_a_failure(std::string(rd_kafka_err2name(error)) + " after " + std::to_string(before));
    }
}

TEST_F(PublishedPositionsTest, AFetchThatFailsMakesNoEmptyTopic) {
  publish("events", 42);
  for (const auto error :
       {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__TRANSPORT}) {
    kafka.answer(Request::fetch, {error, error});
    expect_42_or_a_failure(rd_kafka_err2name(error));
  }
}

TEST_F(PublishedPositionsTest, WhatIsNoPositionIsAFailure) {
  for (const std::string value : {"", "x", "1x", "-1", " 1", "9223372036854775808"}) {
    kafka.add({KafkaRecord{.topic = kTopic, .key = "17/events", .value = value}});
    EXPECT_THAT([this] { read(); }, ThrowsMessage<KafkaFailed>(HasSubstr("is no position"))) << value;
    publish("events", 1);
  }
}

TEST_F(PublishedPositionsTest, WithoutKafkaItWaitsUntilItIsToStop) {
  publish("events", 42);
  kafka.go_away();
  stop_when_waiting = true;
  EXPECT_THAT([this] { read(); }, ThrowsMessage<KafkaFailed>(HasSubstr("asked to stop")));
  EXPECT_THAT(waits, testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace usermeta
