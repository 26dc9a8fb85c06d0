#include "projections/value_erasure.hpp"

#include <gmock/gmock.h>

#include "projections/event_list.hpp"
#include "projections/rebuild_progress.hpp"
#include "projections/value_eraser.hpp"
#include "store/entropy.hpp"
#include "support/migrated_session.hpp"
#include "support/story.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLeftover = "SELECT to_regclass('rebuild_progress') IS NOT NULL";

class ValueErasureTest : public testing::Test, protected MigratedSession {
 protected:
  ValueErasureTest() : MigratedSession(kByEventIndex, "erasure") {}

  // The position of each erasure that there was to carry out.
  std::vector<Position> carry_out_all() {
    std::vector<Position> done;
    while (const auto position = next()) done.push_back(*position);
    return done;
  }
  std::optional<Position> next() {
    return Threads::get(boost::asio::co_spawn(pipeline->strand(), carry_out_next_erasure(*pipeline),
                                              boost::asio::use_future));
  }
  void drop_outdated() {
    Threads::get(
        boost::asio::co_spawn(pipeline->strand(), drop_outdated_rebuild(*pipeline), boost::asio::use_future));
  }
  // As a rebuild makes it, as far as an erasure looks at it.
  static std::string begin_progress() {
    return "CREATE TABLE rebuild_progress AS SELECT position AS erased FROM erasure_checkpoint";
  }
  // All payloads of the user in order, a line each.
  std::string payloads(const std::string& user = "u") {
    return sql.value(
        "SELECT string_agg(payload, E'\\n' ORDER BY sequence) FROM events WHERE aggregate_id = '" + user +
        "'");
  }
  // What of an event must never change.
  std::string envelopes() {
    return sql.value(
        "SELECT string_agg(concat_ws(' ', position, aggregate_id, sequence, type, revision, created_at, "
        "creator,"
        " owner, slot, request_id, traceparent, client_address), E'\\n' ORDER BY position) FROM events");
  }

  Story story{sql};
};

TEST_F(ValueErasureTest, TheValuesOfOneKeyBeforeTheEventAreGone) {
  story("u", kMachine).set("u", "a", "1").set("u", "b", "2").set("v", "a", "3").set("u", "a", "4");
  story("u", MetadataValuesErased{"a"}).set("u", "a", "5");
  const std::string before = envelopes();
  EXPECT_THAT(carry_out_all(), testing::ElementsAre(6));
  EXPECT_EQ(payloads(),
            "{\"userName\":\"bot\",\"name\":\"Bot\"}\n"
            "{\"erased\":true,\"key\":\"a\"}\n{\"key\":\"b\",\"value\":\"Mg==\"}\n"
            "{\"erased\":true,\"key\":\"a\"}\n{\"key\":\"a\"}\n{\"key\":\"a\",\"value\":\"NQ==\"}");
  EXPECT_EQ(payloads("v"), "{\"key\":\"a\",\"value\":\"Mw==\"}");
  EXPECT_EQ(envelopes(), before);
}

TEST_F(ValueErasureTest, WhatAnInterruptedRebuildHasLeftGoesAlong) {
  story("u", kMachine).set("u", "a", "1")("u", MetadataValuesErased{"a"});
  sql.run(
      "CREATE TABLE rebuild_progress (); CREATE TABLE user_metadata_sets (); CREATE TABLE "
      "user_metadata_rebuilt ()");
  EXPECT_THAT(carry_out_all(), testing::ElementsAre(3));
  EXPECT_EQ(
      sql.value("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE tablename ~ '^user_metadata|rebu'"),
      "user_metadata");
}

TEST_F(ValueErasureTest, ARebuildThatIsUnderWayIsLeftAloneAndNotWaitedFor) {
  story("u", kMachine).set("u", "a", "1")("u", MetadataValuesErased{"a"});
  Sql rebuild(conninfo);
  rebuild.run("SELECT pg_advisory_lock(7310201120); CREATE TABLE rebuild_progress ()");
  EXPECT_THAT(carry_out_all(), testing::ElementsAre(3));
  EXPECT_EQ(sql.value("SELECT to_regclass('rebuild_progress') IS NOT NULL"), "t");
}

// The lock is the claim of a rebuild, which goes with its connection.
TEST_F(ValueErasureTest, OnceThatIsKilledWhatItHasLeftGoesAsWell) {
  story("u", kMachine).set("u", "a", "1")("u", MetadataValuesErased{"a"});
  auto rebuild = std::make_unique<Sql>(conninfo);
  rebuild->run("SELECT pg_advisory_lock(7310201120); " + begin_progress());
  carry_out_all();
  drop_outdated();
  EXPECT_EQ(sql.value(kLeftover), "t");
  rebuild.reset();
  sql.run("SELECT pg_advisory_lock(7310201120), pg_advisory_unlock(7310201120)");
  drop_outdated();
  EXPECT_EQ(sql.value(kLeftover), "f");
}

TEST_F(ValueErasureTest, WhatAnotherProgramHasLeftGoes) {
  sql.run("CREATE TABLE rebuild_progress AS SELECT 'an older one'::text AS maker");
  drop_outdated();
  EXPECT_EQ(sql.value(kLeftover), "f");
}

TEST_F(ValueErasureTest, AnInterruptedRebuildIsKeptWhenNothingWasErasedSinceItBegan) {
  story("u", kMachine).set("u", "a", "1")("u", MetadataValuesErased{"a"});
  carry_out_all();
  sql.run(begin_progress());
  drop_outdated();
  EXPECT_EQ(sql.value(kLeftover), "t");
}

TEST_F(ValueErasureTest, OrThoseOfAllKeysAndNothingElse) {
  story("u", kMachine).set("u", "a", "1").set("u", "b", "2")("u", MetadataRemoved{"b"});
  story("u", MetadataValuesErased{}).set("u", "c", "3");
  EXPECT_THAT(carry_out_all(), testing::ElementsAre(5));
  EXPECT_EQ(payloads(),
            "{\"userName\":\"bot\",\"name\":\"Bot\"}\n{\"erased\":true,\"key\":\"a\"}\n"
            "{\"erased\":true,\"key\":\"b\"}\n{\"key\":\"b\"}\n{}\n{\"key\":\"c\",\"value\":\"Mw==\"}");
}

TEST_F(ValueErasureTest, KeysAreTakenAsTheyAre) {
  const std::string odd = "it's \"%_/\\\n ü";
  story("u", kMachine).set("u", odd, "1").set("u", "it's", "2")("u", MetadataValuesErased{odd});
  carry_out_all();
  const auto erased =
      decode_payload("user.metadata.set", 2, sql.value("SELECT payload FROM events WHERE position = 2"));
  EXPECT_EQ(std::get<MetadataSet>(erased).key, odd);
  EXPECT_TRUE(std::get<MetadataSet>(erased).erased);
  EXPECT_EQ(sql.value("SELECT payload FROM events WHERE position = 3"), R"({"key":"it's","value":"Mg=="})");
}

// With them whoever has seen the hash of an event before can tell that it is the same event.
TEST_F(ValueErasureTest, HashesOfWhatWasAreKept) {
  story("u", kMachine).set("u", "a", "wärme")("u", MetadataValuesErased{"a"});
  const std::string salt = sql.value("SELECT encode(salt, 'hex') FROM events WHERE position = 2");
  carry_out_all();
  std::string bytes;
  for (std::size_t i = 0; i < salt.size(); i += 2)
    bytes += static_cast<char>(std::stoi(salt.substr(i, 2), nullptr, 16));
  const Digest digest = sha256(bytes + encode_payload(MetadataSet{"a", Value("wärme")}));
  std::string hex;
  for (const std::byte byte : digest) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
    hex += digits;
  }
  EXPECT_EQ(sql.value("SELECT concat_ws(' ', aggregate_id, position, encode(hash, 'hex'), erased_by)"
                      " FROM erased_payloads"),
            "u 2 " + hex + " 3");
}

TEST_F(ValueErasureTest, TheSaltIsGoneButStillNamesTheEvent) {
  story("u", kMachine).set("u", "a", "1")("u", MetadataValuesErased{});
  const auto salt_at_2 = [&] {
    const std::string hex = sql.value("SELECT encode(salt, 'hex') FROM events WHERE position = 2");
    Salt salt{};
    for (std::size_t i = 0; i < salt.size(); ++i)
      salt.at(i) = static_cast<std::byte>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    return salt;
  };
  const Salt before = salt_at_2();
  carry_out_all();
  EXPECT_NE(salt_at_2(), before);
  EXPECT_EQ(salt_at_2(), salt_of_erased(before));
}

TEST_F(ValueErasureTest, ASecondErasureTakesWhatCameSince) {
  story("u", kMachine).set("u", "a", "1")("u", MetadataValuesErased{"a"}).set("u", "a", "2");
  story("u", MetadataValuesErased{});
  EXPECT_THAT(carry_out_all(), testing::ElementsAre(3, 5));
  EXPECT_EQ(sql.value("SELECT string_agg(position || ' ' || erased_by, ', ' ORDER BY position)"
                      " FROM erased_payloads"),
            "2 3, 4 5");
  EXPECT_THAT(carry_out_all(), testing::IsEmpty());
}

// While it is at work others see the log as it was, and go on appending to it.
TEST_F(ValueErasureTest, ItIsAllOrNothingAndNoAppendWaits) {
  story("u", kMachine).many_sets("u", 1200, 3)("u", MetadataValuesErased{});
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM events WHERE aggregate_id = 'u' AND sequence = 1201 FOR UPDATE");
  auto erasing =
      boost::asio::co_spawn(pipeline->strand(), carry_out_next_erasure(*pipeline), boost::asio::use_future);
  sql.until_waiting_for_lock("erasure");
  EXPECT_EQ(sql.value("SELECT count(*) FROM events WHERE starts_with(payload, '{\"erased')"), "0");
  story.set("u", "k1", "new");
  holder.run("COMMIT");
  EXPECT_EQ(Threads::get(std::move(erasing)), 1202);
  EXPECT_EQ(sql.value("SELECT count(*) FROM events WHERE starts_with(payload, '{\"erased')"), "1200");
  EXPECT_EQ(sql.value("SELECT count(*) FROM erased_payloads"), "1200");
}

TEST_F(ValueErasureTest, WhatWasCutOffIsDoneAgainFromTheBegin) {
  story("u", kMachine).many_sets("u", 1200, 3)("u", MetadataValuesErased{});
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM events WHERE aggregate_id = 'u' AND sequence = 1201 FOR UPDATE");
  auto erasing =
      boost::asio::co_spawn(pipeline->strand(), carry_out_next_erasure(*pipeline), boost::asio::use_future);
  sql.until_waiting_for_lock("erasure");
  sql.terminate("erasure");
  EXPECT_THROW(Threads::get(std::move(erasing)), Outage);
  holder.run("COMMIT");
  EXPECT_EQ(sql.value("SELECT count(*) FROM erased_payloads"), "0");
  EXPECT_THAT(carry_out_all(), testing::ElementsAre(1202));
  EXPECT_EQ(sql.value("SELECT count(*) FROM erased_payloads"), "1200");
}

class ValueEraserTest : public ValueErasureTest {
 protected:
  ~ValueEraserTest() override { threads.run(eraser.stop()); }

  std::int64_t carried_out(Position erasure) { return threads.run(eraser.carried_out(erasure, 30s)); }

  std::once_flag told;
  std::promise<std::string> trouble;
  ValueEraser eraser{threads.executor(),
                     {.conninfo = conninfo,
                      .process = new_process_name(),
                      .on_trouble =
                          [this](const std::string& message) {
                            if (!message.empty()) std::call_once(told, [&] { trouble.set_value(message); });
                          },
                      .counts = {},
                      .look = std::chrono::hours(1)}};
};

TEST_F(ValueEraserTest, SaysHowManyValuesAreGoneOnceTheyAre) {
  eraser.start();
  story("u", kMachine).many_sets("u", 3, 3)("u", MetadataValuesErased{"k1"})("u", MetadataValuesErased{});
  EXPECT_EQ(carried_out(5), 1);
  EXPECT_EQ(carried_out(6), 2);
  story("u", MetadataValuesErased{"k1"});
  EXPECT_EQ(carried_out(7), 0);
}

TEST_F(ValueEraserTest, AtItsStartItDoesWhatWasLeftToDo) {
  story("u", kMachine).many_sets("u", 3, 3)("u", MetadataValuesErased{});
  eraser.start();
  sql.until("SELECT count(*) FROM erased_payloads", "3");
}

TEST_F(ValueEraserTest, WhatAnotherProcessHasDoneIsDone) {
  eraser.start();
  story("u", kMachine).many_sets("u", 3, 3)("u", MetadataValuesErased{});
  carry_out_all();
  EXPECT_EQ(carried_out(5), 3);
}

TEST_F(ValueEraserTest, ItGoesOnAfterALostConnection) {
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM erasure_checkpoint FOR UPDATE");
  story("u", kMachine).many_sets("u", 3, 3)("u", MetadataValuesErased{});
  eraser.start();
  auto waiting = threads.spawn(eraser.carried_out(5, 30s));
  sql.until_waiting_for_lock("usermeta erase %");
  sql.terminate("usermeta erase %");
  holder.run("COMMIT");
  EXPECT_EQ(Threads::get(std::move(waiting)), 3);
}

TEST_F(ValueEraserTest, WhoeverWaitsInVainIsToldSo) {
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM erasure_checkpoint FOR UPDATE");
  story("u", kMachine)("u", MetadataValuesErased{});
  eraser.start();
  EXPECT_THROW(threads.run(eraser.carried_out(2, 1ms)), Outage);
  holder.run("COMMIT");
  EXPECT_EQ(carried_out(2), 0);
}

TEST_F(ValueEraserTest, ADamagedDatabaseIsTrouble) {
  sql.run("DELETE FROM erasure_checkpoint");
  eraser.start();
  EXPECT_THAT(Threads::get(trouble.get_future()), testing::HasSubstr("erasure_checkpoint has no row"));
}

}  // namespace
}  // namespace usermeta
