#include "stream/publication.hpp"

#include <gmock/gmock.h>

#include "stream/published_positions.hpp"
#include "tests/stream/event_at.hpp"
#include "tests/stream/publication_fixture.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Recorded removed_at(Position position, const std::string& payload = R"({"key":"k"})") {
  return event_at(position, "user.metadata.removed", payload);
}

std::string header(const KafkaRecord& record, const std::string& name) {
  for (const auto& [its_name, value] : record.headers)
    if (its_name == name) return value;
  return {};
}

class PublicationTest : public PublicationFixture {
 protected:
  std::unique_ptr<Publication> open() {
    Publication::Options options;
    options.on_retry = [this](const std::string& why) { retried(why); };
    return PublicationFixture::open(std::move(options));
  }
  void retried(const std::string& why) {
    waits.push_back(why);

    if (on_wait) on_wait();
  }
  std::vector<std::string> ids() {
    std::vector<std::string> found;
    for (const KafkaRecord& record : kafka.records("events")) found.push_back(header(record, "ce_id"));
    return found;
  }

  std::vector<std::string> waits;
  std::function<void()> on_wait;
};

TEST_F(PublicationTest, ATransactionHasItsEventsInOrderAndThePositionOfTheLast) {
  const auto publication = open();
  EXPECT_EQ(publication->position(), std::nullopt);
  publication->take({removed_at(1), removed_at(2)});
  publication->take({removed_at(3)});
  publication->commit();
  EXPECT_EQ(publication->position(), 3);
  publication->take({removed_at(4)});
  publication->commit();
  publication->commit();  // of nothing
  EXPECT_THAT(ids(), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(positions(), ElementsAre("17/events 3", "17/events 4"));
  EXPECT_EQ(publication->transactions(), 2U);
}

TEST_F(PublicationTest, TheNextOneBeginsWhereTheLastCommitWas) {
  {
    const auto first = open();
    first->take({removed_at(1), removed_at(2)});
    first->commit();
    first->take({removed_at(3)});
  }
  EXPECT_EQ(open()->position(), 2);
}

TEST_F(PublicationTest, ASecondOneFencesTheFirst) {
  const auto first = open();
  first->take({removed_at(1)});
  kafka.answer(Request::end_transaction, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH});
  EXPECT_THAT([&] { first->commit(); }, testing::Throws<KafkaFailed>());
  EXPECT_EQ(first->position(), std::nullopt);
}

TEST_F(PublicationTest, ACoordinatorThatIsNotReadyIsWaitedFor) {
  const auto publication = open();
  publication->take({removed_at(1)});
  kafka.answer(Request::end_transaction,
               {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS});
  publication->commit();
  EXPECT_EQ(publication->position(), 1);
}

TEST_F(PublicationTest, AnErrorThatWantsAnAbortEndsTheTransactionAndTheSameEventsGoAgain) {
  const auto publication = open();
  publication->take({removed_at(1)});
  publication->commit();
  kafka.answer(Request::add_partitions, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const auto next = [&] {
    publication->take({removed_at(2)});
    publication->commit();
  };
  EXPECT_THROW(next(), TransactionAborted);
  EXPECT_EQ(publication->position(), 1);
  next();
  EXPECT_EQ(publication->position(), 2);
  EXPECT_THAT(positions(), ElementsAre("17/events 1", "17/events 2"));
}

TEST_F(PublicationTest, AWaitEndsWhenItIsToStop) {
  const auto publication = open();
  publication->take({removed_at(1)});
  kafka.go_away();
  on_wait = [this] { stop.request_stop(); };
  EXPECT_THROW(publication->commit(), KafkaFailed);
  EXPECT_THAT(waits, testing::Not(IsEmpty()));
}

TEST_F(PublicationTest, AnEventThatIsTooLargeForTheProducerGoesWithoutItsData) {
  const auto publication = open();
  publication->take({removed_at(1), removed_at(2, std::string(3 << 20, 'x')), removed_at(3)});
  publication->commit();
  const auto records = kafka.records("events");
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(header(records[1], "ce_dataref"), "/usermeta/v1/events/2");
  EXPECT_EQ(records[1].value.value_or(""), "");
  EXPECT_EQ(header(records[2], "ce_dataref"), "");
  EXPECT_EQ(publication->oversized(), 1U);
}

// The broker refuses whole batches: small records that went with one that is too large stay whole.
TEST_F(PublicationTest, ABatchThatABrokerRefusesIsTakenApart) {
  const auto publication = open();
  const std::vector<Recorded> events{removed_at(1), removed_at(2), removed_at(3)};
  int aborted = 0;
  kafka.answer(Request::produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  while (publication->position() != 3) {
    try {
      publication->take(events);
      publication->commit();
    } catch (const RecordTooLarge&) {
      ++aborted;
    }
  }
  EXPECT_EQ(aborted, 1);
  EXPECT_EQ(publication->oversized(), 0U);
}

TEST_F(PublicationTest, IsFullAfterManyEventsOrBytes) {
  const auto publication = open();
  publication->take(std::vector<Recorded>(9'999, removed_at(1)));
  EXPECT_FALSE(publication->is_full());
  publication->take({removed_at(2)});
  EXPECT_TRUE(publication->is_full());
  publication->commit();
  EXPECT_FALSE(publication->is_full());
}

}  // namespace
}  // namespace usermeta
