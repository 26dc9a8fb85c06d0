#include "projections/audit_projector.hpp"

#include <mutex>

#include <gmock/gmock.h>

#include "events/cloud_event.hpp"
#include "projections/event_list.hpp"
#include "projections/value_erasure.hpp"
#include "proof/audit_entry.hpp"
#include "proof/signed_note.hpp"
#include "store/entropy.hpp"
#include "support/migrated_session.hpp"
#include "support/sql.hpp"
#include "support/story.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// What a service process has of it.
class Auditor {
 public:
  Auditor(const std::string& conninfo, const SigningKey& key, std::chrono::milliseconds time = 1ms,
          std::uint64_t events = 1)
      : projector_(threads_.executor(), {.conninfo = conninfo,
                                         .process = new_process_name(),
                                         .key = key,
                                         .checkpoint_time = time,
                                         .checkpoint_events = events,
                                         .gather = 1ms,
                                         .on_trouble = [this](const std::string& message) {
                                           const std::lock_guard lock(mutex_);
                                           troubles_.push_back(message);
                                         }}) {
    projector_.start();
  }
  ~Auditor() { threads_.run(projector_.stop()); }
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

  AuditProjector* operator->() { return &projector_; }
  // The first failure that it has, once it has one.
  std::string failure() {
    std::string text;
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while ((text = projector_.failure()).empty() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return text;
  }
  std::vector<std::string> troubles() {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> troubles_;
  Threads threads_;
  AuditProjector projector_;
};

class AuditProjectorTest : public testing::Test, protected MigratedSession {
 protected:
  AuditProjectorTest() : MigratedSession(kByEventIndex) {}

  std::string size() { return sql.value("SELECT size FROM audit_log"); }
  std::string newest() { return sql.value("SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1"); }
  void until_signed() {
    sql.until("SELECT (SELECT max(size) FROM audit_checkpoints) = (SELECT position FROM log_head)", "t");
  }
  // What the newest checkpoint says, once the key's signature is found to be good.
  Checkpoint signed_checkpoint() {
    const std::string note = newest();
    const auto text = open_note(note, {parse_checkpoint(note)->origin, key.public_key()});
    EXPECT_TRUE(text) << note;
    return *parse_checkpoint(*text);
  }
  // The root as it must be, found from the events by another way than the projector's.
  Digest expected_root() {
    TreeEdge tree;
    for (Position at = 1;; ++at) {
      const auto event = threads.run(event_at(*pipeline, at));
      if (!event) return tree.root();
      if (at == 1) source = source_of({instance_of(*event), {}});
      tree.add(leaf_hash(audit_entry(*event, source, payload_hash(event->salt, event->payload))));
    }
  }
  void carry_out_erasures() {
    while (threads.run(carry_out_next_erasure(*pipeline))) {
    }
  }

  Story story{sql};
  SigningKey key = SigningKey::generate();
  std::string source;
};

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
  while (auditor->position() != 602) std::this_thread::yield();
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

class AuditRefusalTest : public AuditProjectorTest {
 protected:
  void SetUp() override {
    story("u", kMachine).many_sets("u", 299, 7);
    const Auditor auditor(conninfo, key);
    until_signed();
  }
  // What keeps a projector from signing now that there is something new.
  std::string refusal(const SigningKey& by) {
    const std::string before = newest();
    Auditor auditor(conninfo, by);
    std::string failure = auditor.failure();
    EXPECT_EQ(newest(), before);
    EXPECT_EQ(auditor.troubles(), std::vector<std::string>{"the transparency log stands still: " + failure});
    return failure;
  }
  std::string refusal() { return refusal(key); }
};

TEST_F(AuditRefusalTest, AnotherKey) {
  story.set("u", "a", "1");
  EXPECT_THAT(refusal(SigningKey::generate()), HasSubstr("another key"));
  Auditor auditor(conninfo, key);
  until_signed();
}

// Also while the one with the right key is at work, and it does not keep that one from it.
TEST_F(AuditRefusalTest, AnotherKeySaysSoBesideTheRightOne) {
  Auditor right(conninfo, key);
  story.set("u", "a", "1");
  right->poke();
  until_signed();
  EXPECT_THAT(refusal(SigningKey::generate()), HasSubstr("another key"));
}

TEST_F(AuditRefusalTest, ATruncatedLog) {
  sql.run("DELETE FROM events WHERE position > 290; UPDATE log_head SET position = 290");
  EXPECT_THAT(refusal(), HasSubstr("lost the event at position 300"));
}

TEST_F(AuditRefusalTest, ALogThatWasTruncatedAndHasGrownAgain) {
  sql.run("DELETE FROM events WHERE position > 290; UPDATE log_head SET position = 290");
  story.many_sets("u", 20, 5);
  EXPECT_THAT(refusal(), HasSubstr("the event at position 300 is not the one that the tree has"));
}

TEST_F(AuditRefusalTest, AChangedTree) {
  sql.run(
      "UPDATE audit_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)"
      " WHERE level = 0 AND index = 1");
  story.set("u", "a", "1");
  EXPECT_THAT(refusal(), HasSubstr("not the one that was signed up to position 300"));
}

TEST_F(AuditRefusalTest, ATreeThatIsShorterThanWhatWasSigned) {
  sql.run("UPDATE audit_log SET size = 299");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("has 299"), HasSubstr("300 were signed")));
}

TEST_F(AuditRefusalTest, AnotherLog) {
  sql.run("UPDATE events SET salt = '\\x00112233445566778899aabbccddeeff' WHERE position = 1");
  EXPECT_THAT(refusal(), HasSubstr("the newest checkpoint is of usermeta.invalid/"));
}

TEST_F(AuditRefusalTest, AGap) {
  story.many_sets("u", 2, 2);
  sql.run("DELETE FROM events WHERE position = 301");
  EXPECT_THAT(refusal(), HasSubstr("no event at position 301"));
}

TEST_F(AuditRefusalTest, WhatItWasMendedOfIsOver) {
  sql.run("UPDATE audit_log SET size = 299");
  Auditor auditor(conninfo, key);
  EXPECT_NE(auditor.failure(), "");
  sql.run("UPDATE audit_log SET size = 300");
  story.set("u", "a", "1");
  until_signed();
  EXPECT_EQ(signed_checkpoint().root, expected_root());
  while (!auditor.troubles().back().empty()) std::this_thread::yield();
}

}  // namespace
}  // namespace usermeta
