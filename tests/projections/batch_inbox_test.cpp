#include "projections/batch_inbox.hpp"

#include <string>

#include <gmock/gmock.h>

#include "projections/log_tail.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Batch> batch_of(std::size_t value_bytes) {
  Batch made;
  NewEvent event;
  event.aggregate = {AggregateType::user, "u"};
  event.event = MetadataSet{"k", Value(std::string(value_bytes, 'v'))};
  made.events.push_back(std::move(event));
  return std::make_shared<const Batch>(std::move(made));
}

TEST(BatchInbox, GivesEverythingOnceInItsOrder) {
  BatchInbox inbox(1 << 20);
  const auto first = batch_of(1);
  const auto second = batch_of(2);
  inbox.put(first);
  inbox.put(second);
  EXPECT_THAT(inbox.take(), ElementsAre(first, second));
  EXPECT_THAT(inbox.take(), IsEmpty());
}

TEST(BatchInbox, WakesItsOwnerOnceUntilHeLooks) {
  BatchInbox inbox(1 << 20);
  EXPECT_TRUE(inbox.put(batch_of(1)));
  EXPECT_FALSE(inbox.put(batch_of(1)));
  EXPECT_FALSE(inbox.put(batch_of(1)));
  inbox.take();
  EXPECT_TRUE(inbox.put(batch_of(1)));
  EXPECT_FALSE(inbox.put(batch_of(1)));
}

TEST(BatchInbox, WakesItsOwnerOnceMoreWhenMoreIsThereThanMayWait) {
  BatchInbox inbox(memory_of(*batch_of(1000)) * 2);
  EXPECT_TRUE(inbox.put(batch_of(1000)));
  EXPECT_FALSE(inbox.put(batch_of(1000)));
  EXPECT_FALSE(inbox.crowded());
  EXPECT_TRUE(inbox.put(batch_of(1000)));
  EXPECT_TRUE(inbox.crowded());
  EXPECT_FALSE(inbox.put(batch_of(1000))) << "he was woken already";
  inbox.take();
  EXPECT_FALSE(inbox.crowded());
}

}  // namespace
}  // namespace usermeta
