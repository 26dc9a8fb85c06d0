// When the projector does not sign, and why.
#include "projections/audit_projector_fixture.hpp"

namespace usermeta {
namespace {

using testing::AllOf;
using testing::HasSubstr;

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
  // One that has just signed the event at position 301, the newest, and waits.
  std::unique_ptr<Auditor> signing() {
    story.set("u", "a", "1");
    auto auditor = std::make_unique<Auditor>(conninfo, key);
    EXPECT_TRUE(within_time([&] { return (*auditor)->position() == 301; }));
    until_signed();
    return auditor;
  }
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

TEST_F(AuditRefusalTest, ATreeThatHasLostATile) {
  sql.run("DELETE FROM audit_tiles WHERE level = 0 AND index = 1");
  EXPECT_THAT(refusal(), HasSubstr("the transparency log has no whole tree of 300 entries"));
}

TEST_F(AuditRefusalTest, ATreeThatHasLostItsSize) {
  sql.run("DELETE FROM audit_log");
  EXPECT_THAT(refusal(), HasSubstr("the table audit_log has no row"));
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

// What it is told of needs no look at the log; the tree's newest event does.
TEST_F(AuditRefusalTest, AnotherNewestEventWhenItIsToldOfTheNext) {
  const auto auditor = signing();
  const std::string before = newest();
  sql.run("UPDATE events SET creator = 'somebody' WHERE position = 301");
  (*auditor)->appended(told(301, 1));
  EXPECT_THAT(auditor->failure(), HasSubstr("the event at position 301 is not the one that the tree has"));
  EXPECT_EQ(newest(), before);
}

// Whoever can write to the database makes it forget what was signed, and changes an event.
TEST_F(AuditRefusalTest, WhatTheDatabaseHasForgottenButNotTheProcess) {
  const auto auditor = signing();
  sql.run(
      "BEGIN; UPDATE events SET creator = 'somebody' WHERE position = 13;"
      " TRUNCATE audit_checkpoints, audit_tiles; UPDATE audit_log SET size = 0; COMMIT");
  story.set("u", "a", "2");
  (*auditor)->poke();
  EXPECT_THAT(auditor->failure(), HasSubstr("that is made is another one, but 301 of "));
  EXPECT_EQ(sql.value("SELECT count(*) FROM audit_checkpoints"), "0");
}

TEST_F(AuditRefusalTest, AnotherTreeWithAsManyEventsAsTheProcessHasSeenSigned) {
  const auto auditor = signing();
  sql.run(
      "BEGIN; TRUNCATE audit_checkpoints; UPDATE audit_log SET size = 302;"
      " UPDATE audit_tiles SET hashes = substr(hashes, 33) || substr(hashes, 1, 64)"
      " WHERE level = 0 AND index = 1; COMMIT");
  story.set("u", "a", "2");
  (*auditor)->poke();
  EXPECT_THAT(auditor->failure(), HasSubstr("that is kept is another one, but 301 of "));
  EXPECT_EQ(sql.value("SELECT count(*) FROM audit_checkpoints"), "0");
}

TEST_F(AuditRefusalTest, ALogThatEndsBeforeWhatTheProcessHasSeenSigned) {
  Auditor auditor(conninfo, key);
  ASSERT_TRUE(within_time([&] { return auditor->projecting() && auditor->position() == 300; }));
  sql.run(
      "BEGIN; DELETE FROM events WHERE position > 298; UPDATE log_head SET position = 298;"
      " TRUNCATE audit_checkpoints, audit_tiles; UPDATE audit_log SET size = 0; COMMIT");
  auditor->appended(told(300, 1));
  const std::string why = "the log ends at position 298, but 300 of ";
  EXPECT_TRUE(within_time([&] { return auditor->failure().starts_with(why); })) << auditor->failure();
  EXPECT_EQ(sql.value("SELECT count(*) FROM audit_checkpoints"), "0");
}

// As after a crash of a database that has lost the newest of it.
TEST_F(AuditRefusalTest, AShorterTreeGrowsToWhatTheProcessHasSeenSigned) {
  const auto auditor = signing();
  sql.run("BEGIN; TRUNCATE audit_checkpoints, audit_tiles; UPDATE audit_log SET size = 0; COMMIT");
  story.set("u", "a", "2");
  (*auditor)->poke();
  until_signed();
  EXPECT_EQ(signed_checkpoint().size, 302U);
  EXPECT_EQ(signed_checkpoint().root, expected_root());
  EXPECT_EQ(sql.value("SELECT min(size) FROM audit_checkpoints"), "302");
}

class RememberedCheckpointTest : public AuditRefusalTest {
 protected:
  // What a process keeps that sees the event at position 301 signed.
  std::string kept() {
    story.set("u", "a", "1");
    Auditor auditor(conninfo, key);
    EXPECT_TRUE(
        within_time([&] { return parse_checkpoint(auditor.kept()).value_or(Checkpoint{}).size == 301; }));
    EXPECT_EQ(auditor.kept(), newest());
    return auditor.kept();
  }
  // What keeps a process from signing that has this from an earlier one.
  std::string failure_with(const std::string& remembered) {
    Auditor auditor(conninfo, key, std::chrono::milliseconds(1), 1, remembered);
    return auditor.failure();
  }
  // Whoever can write to the database, while no process runs.
  void rewrite(const std::string& statements) {
    sql.run("BEGIN; " + statements +
            " TRUNCATE audit_checkpoints, audit_tiles; UPDATE audit_log SET size = 0; COMMIT");
  }
  std::string signed_now() { return sql.value("SELECT count(*) FROM audit_checkpoints"); }
};

TEST_F(RememberedCheckpointTest, AnEventThatWasChangedBetweenTwoProcesses) {
  const std::string remembered = kept();
  rewrite("UPDATE events SET creator = 'somebody' WHERE position = 13;");
  EXPECT_THAT(failure_with(remembered),
              AllOf(HasSubstr("that is made is another one, but 301 of "), HasSubstr("audit.checkpoint")));
  EXPECT_EQ(signed_now(), "0");
}

TEST_F(RememberedCheckpointTest, ALogThatWasCutBackBetweenTwoProcesses) {
  const std::string remembered = kept();
  rewrite("DELETE FROM events WHERE position > 298; UPDATE log_head SET position = 298;");
  EXPECT_THAT(failure_with(remembered), HasSubstr("the log ends at position 298, but 301 of "));
  EXPECT_EQ(signed_now(), "0");
}

TEST_F(RememberedCheckpointTest, AnotherDatabase) {
  const std::string remembered = kept();
  rewrite("UPDATE events SET salt = sha256(salt) WHERE position = 1;");
  EXPECT_THAT(failure_with(remembered), HasSubstr("but 301 of "));
  EXPECT_EQ(signed_now(), "0");
}

TEST_F(RememberedCheckpointTest, OneThatIsDamagedOrOfAnotherKey) {
  const std::string why = "what was seen signed is damaged, or signed with another key";
  std::string remembered = kept();
  EXPECT_THAT(failure_with("nonsense"), HasSubstr(why));
  remembered[remembered.find("\n301\n") + 1] = '2';
  EXPECT_THAT(failure_with(remembered), HasSubstr(why));
}

TEST_F(RememberedCheckpointTest, TheLogThatItWasOfGoesOn) {
  const std::string remembered = kept();
  story.set("u", "a", "2");
  Auditor auditor(conninfo, key, std::chrono::milliseconds(1), 1, remembered);
  until_signed();
  EXPECT_EQ(signed_checkpoint().size, 302U);
  EXPECT_EQ(auditor->failure(), "");
  EXPECT_TRUE(within_time([&] { return auditor.kept() == newest(); }));
}

// Another process signs: what it signs is kept here as well.
TEST_F(RememberedCheckpointTest, OneThatAnotherProcessSigned) {
  Auditor signing(conninfo, key);
  ASSERT_TRUE(within_time([&] { return signing->projecting(); }));
  Auditor auditor(conninfo, key);
  story.set("u", "a", "1");
  signing->poke();
  until_signed();
  EXPECT_TRUE(within_time([&] { return auditor.kept() == newest(); }));
  EXPECT_FALSE(auditor->projecting());
}

TEST_F(RememberedCheckpointTest, WhoeverHasAnotherKeyLeavesSigningToOthers) {
  const std::string remembered = kept();
  Auditor other(conninfo, SigningKey::generate(), std::chrono::milliseconds(1), 1, remembered);
  EXPECT_THAT(other.failure(), HasSubstr("give it that one (--audit-key)"));
  story.set("u", "a", "2");
  const Auditor auditor(conninfo, key);
  until_signed();
  EXPECT_EQ(signed_checkpoint().size, 302U);
}

TEST_F(AuditRefusalTest, WhatItWasMendedOfIsOver) {
  sql.run("UPDATE audit_log SET size = 299");
  Auditor auditor(conninfo, key);
  EXPECT_NE(auditor.failure(), "");
  sql.run("UPDATE audit_log SET size = 300");
  story.set("u", "a", "1");
  until_signed();
  EXPECT_EQ(signed_checkpoint().root, expected_root());
  EXPECT_TRUE(within_time([&] { return auditor->failure().empty() && auditor.troubles().back().empty(); }));
}

}  // namespace
}  // namespace usermeta
