#include "projections/audit_projector_fixture.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

TEST_F(AuditProjectorTest, SignsTheRootOfAllEvents) {
  Auditor auditor(conninfo, key);
  story("u", kMachine).set("u", "a", "1");
  auditor->poke();
  until_signed();
  const Checkpoint first = signed_checkpoint();
  EXPECT_EQ(first.size, 2U);
  EXPECT_EQ(first.root, expected_root());
  EXPECT_THAT(first.origin, StartsWith("usermeta.invalid/"));
  story.many_sets("u", 600, 7);
  auditor->poke();
  until_signed();
  EXPECT_EQ(signed_checkpoint().size, 602U);
  EXPECT_EQ(signed_checkpoint().root, expected_root());
  EXPECT_EQ(sql.value("SELECT string_agg(concat_ws(' ', level, index, length(hashes) / 32), ', '"
                      " ORDER BY level, index) FROM audit_tiles"),
            "0 0 256, 0 1 256, 0 2 90, 1 0 2");
  ASSERT_TRUE(within_time([&] { return auditor->position() == 602; }));
  EXPECT_TRUE(auditor->projecting());
  EXPECT_EQ(auditor->failure(), "");
}

TEST_F(AuditProjectorTest, GoesOnWhereItWas) {
  story("u", kMachine).many_sets("u", 300, 7);
  {
    Auditor auditor(conninfo, key);
    until_signed();
  }
  story.many_sets("u", 5000, 7);
  Auditor auditor(conninfo, key);
  until_signed();
  EXPECT_EQ(signed_checkpoint().size, 5301U);
  EXPECT_EQ(signed_checkpoint().root, expected_root());
}

TEST_F(AuditProjectorTest, ALogWithoutAnEventIsWaitedFor) {
  Auditor auditor(conninfo, key);
  sql.until(Sql::connections("usermeta audit%"), "1");
  EXPECT_EQ(auditor->position(), 0);
  story("u", kMachine);
  auditor->poke();
  until_signed();
  EXPECT_TRUE(auditor.troubles().empty());
}

// So that there are not as many signatures as events.
TEST_F(AuditProjectorTest, SignsAfterSoManyEventsOrSoLong) {
  story("u", kMachine);
  Auditor auditor(conninfo, key, std::chrono::hours(1), 100);
  until_signed();  // the first one at once
  story.many_sets("u", 99, 7);
  auditor->poke();
  sql.until("SELECT size FROM audit_log", "100");
  EXPECT_EQ(sql.value("SELECT max(size) FROM audit_checkpoints"), "1");
  story.set("u", "a", "1");
  auditor->poke();
  until_signed();
  EXPECT_EQ(sql.value("SELECT string_agg(size::text, ' ' ORDER BY size) FROM audit_checkpoints"), "1 101");
}

// Whether it is erased before its entry is made or afterwards.
TEST_F(AuditProjectorTest, TheEntryOfAnErasedValueIsTheOneThatItHad) {
  story("u", kMachine).set("u", "a", "1").set("u", "b", "2")("u", MetadataValuesErased{"a"});
  const Digest before = expected_root();
  carry_out_erasures();
  EXPECT_NE(expected_root(), before) << "without the hash that is kept";
  Auditor auditor(conninfo, key);
  until_signed();
  EXPECT_EQ(signed_checkpoint().root, before);
}

TEST_F(AuditProjectorTest, OfTwoProcessesOneSignsAndTheOtherTakesOver) {
  auto first = std::make_unique<Auditor>(conninfo, key);
  story("u", kMachine);
  (*first)->poke();
  until_signed();
  Auditor second(conninfo, key);
  sql.until(Sql::connections("usermeta audit%"), "2");
  EXPECT_FALSE(second->projecting());
  story.many_sets("u", 300, 7);
  (*first)->poke();
  until_signed();
  first.reset();
  story.many_sets("u", 300, 7);
  second->poke();
  until_signed();
  EXPECT_EQ(signed_checkpoint().root, expected_root());
  EXPECT_TRUE(second->projecting());
}

// The log has not got it: were it read, there would be nothing.
TEST_F(AuditProjectorTest, TakesWhatItsProcessAppendsWithoutTheLog) {
  Auditor auditor(conninfo, key);
  story("u", kMachine);
  auditor->poke();
  until_signed();
  ASSERT_TRUE(within_time([&] { return auditor->position() == 1; }));
  const auto batch = told(1, 2);
  auditor->appended(batch);
  sql.until("SELECT size FROM audit_log", "3");
  sql.until("SELECT max(size) FROM audit_checkpoints", "3");
  TreeEdge tree = expected_tree();
  Position position = tree.size();
  for (const NewEvent& event : batch->events)
    tree.add(leaf_hash(audit_entry({event, ++position, batch->created_at}, source,
                                   payload_hash(event.salt, encode_payload(event.event)))));
  EXPECT_EQ(signed_checkpoint().size, 3U);
  EXPECT_EQ(signed_checkpoint().root, tree.root());
}

// What it is told of is the log's newest, but not what comes next.
TEST_F(AuditProjectorTest, ReadsWhatItWasNotToldOf) {
  Auditor auditor(conninfo, key);
  story("u", kMachine);
  auditor->poke();
  until_signed();
  story.many_sets("u", 10, 7);
  const auto event = threads.run(event_at(*pipeline, 11));
  auto batch = std::make_shared<Batch>();
  batch->known.position = 10;
  batch->created_at = event->created_at;
  batch->events.push_back({event->aggregate, event->sequence, event->owner, event->creator, decode(*event),
                           event->salt, event->origin});
  auditor->appended(batch);
  until_signed();
  EXPECT_EQ(signed_checkpoint().size, 11U);
  EXPECT_EQ(signed_checkpoint().root, expected_root());
}

TEST_F(AuditProjectorTest, GoesOnAfterALostConnection) {
  Auditor auditor(conninfo, key);
  story("u", kMachine);
  auditor->poke();
  until_signed();
  ASSERT_EQ(sql.terminate("usermeta audit%"), 1);
  story.many_sets("u", 300, 7);
  auditor->poke();
  until_signed();
  EXPECT_EQ(signed_checkpoint().root, expected_root());
}

}  // namespace
}  // namespace usermeta
