#include "stream/removed_keys.hpp"

#include <gmock/gmock.h>

#include "support/event_rows.hpp"
#include "support/migrated_session.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RemovedKeysTest : public testing::Test, protected MigratedSession {
 protected:
  // Sets them in turn.
  void set(const std::string& user, const std::vector<std::string>& keys) {
    for (const std::string& key : keys)
      rows.add(user, "user.metadata.set", "o", R"({"key":")" + key + R"(","value":"dg=="})");
    sql.run(
        "UPDATE events SET slot = 'metadata/' || (payload::json ->> 'key') WHERE type = 'user.metadata.set'");
  }
  static Recorded removal(const std::string& user, Position position, Sequence sequence,
                          const std::string& type = "user.removed") {
    Recorded event;
    event.position = position;
    event.sequence = sequence;
    event.aggregate = {AggregateType::user, user};
    event.type = type;
    return event;
  }
  RemovedKeys find(const std::vector<Recorded>& events, Position after = 0) {
    return threads.run(find_removed_keys(*pipeline, events, after));
  }

  EventRows rows{sql};
};

TEST_F(RemovedKeysTest, AreThoseThatTheUserHadBeforeTheEvent) {
  set("u", {"a", "b/c", "a"});
  set("other", {"x"});
  set("u", {"later"});
  EXPECT_THAT(find({removal("u", 4, 4)}), ElementsAre(Pair(4, ElementsAre("a", "b/c"))));
  EXPECT_THAT(find({removal("u", 6, 5, "user.metadata.removed.all"), removal("other", 7, 2)}),
              ElementsAre(Pair(6, ElementsAre("a", "b/c", "later")), Pair(7, ElementsAre("x"))));
}

TEST_F(RemovedKeysTest, OnlyOfEventsThatRemoveAllAndAreBehindThePosition) {
  set("u", {"a"});
  EXPECT_THAT(find({removal("u", 2, 2, "user.locked")}), IsEmpty());
  EXPECT_THAT(find({removal("u", 2, 2)}, 2), IsEmpty());
  EXPECT_THAT(find({removal("nobody", 9, 1)}), ElementsAre(Pair(9, IsEmpty())));
}

TEST_F(RemovedKeysTest, ALongHistoryIsReadInParts) {
  rows.add_many(25'000, 1);
  sql.run("UPDATE events SET slot = 'metadata/k' || sequence / 10000");
  EXPECT_THAT(find({removal("u0", 25'001, 25'001)}),
              ElementsAre(Pair(25'001, ElementsAre("k0", "k1", "k2"))));
}

}  // namespace
}  // namespace usermeta
