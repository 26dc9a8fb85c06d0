#include "projections/past_read_model.hpp"

#include <gmock/gmock.h>

#include "store/entropy.hpp"
#include "store/postgres_log.hpp"
#include "support/log_databases.hpp"
#include "support/read_side.hpp"
#include "support/story.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

class PastReadModelTest : public testing::Test {
 protected:
  ~PastReadModelTest() override {
    threads.on(strand, [this] {
      log.close();
      pipeline->close();
    });
    threads.join();
  }

  UserMetadataBatch model_at(Position position) {
    const auto ignored = [](std::int64_t, std::int64_t) {};
    return Threads::get(
        asio::co_spawn(strand, read_model_at(strand, log, position, ignored), asio::use_future));
  }
  void write(const UserMetadataBatch& model, Position position) {
    const auto ignored = [](std::int64_t, std::int64_t) {};
    Threads::get(
        asio::co_spawn(strand, write_read_model(*pipeline, model, position, ignored), asio::use_future));
  }
  static std::string text(const UserMetadataBatch& model) {
    std::string all;
    for (const auto& [key, row] : model.set())
      all += key.first + "/" + key.second + "=" + (row.erased ? "erased" : row.value) + " ";
    return all;
  }

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Story story{sql};
  Threads threads;
  const Threads::Strand strand = threads.strand();
  PostgresLog log{strand, conninfo, new_process_name()};
  const std::shared_ptr<PgPipeline> pipeline = std::make_shared<PgPipeline>(
      strand, PgPipeline::Options{.conninfo = conninfo, .application_name = "tables", .settings = {}});
};

TEST_F(PastReadModelTest, ItIsWhatWasAtEachPosition) {
  story("u", kMachine).set("u", "a", "1").set("v", "a", "2").set("u", "a", "3");
  story("u", MetadataRemoved{"a"}).set("u", "b", "4")("v", UserRemoved{});
  const std::vector<std::string> expected{
      "", "", "u/a=1 ", "u/a=1 v/a=2 ", "u/a=3 v/a=2 ", "v/a=2 ", "u/b=4 v/a=2 ", "u/b=4 "};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(text(model_at(static_cast<Position>(i))), expected[i]) << i;
}

TEST_F(PastReadModelTest, AtTheLogsEndItIsTheReadModelItself) {
  story("u", kMachine).many_sets("u", 2500, 30).many_sets("v", 1200, 7)("v", MetadataRemoved{"k3"});
  story("u", MetadataRemovedAll{}).many_sets("u", 40, 9);
  ReadSide reads(conninfo);
  reads.start();
  until_projected(sql);
  reads.stop();
  const Position head = std::stol(sql.value("SELECT position FROM log_head"));
  write(model_at(head), head);
  EXPECT_EQ(sql.value("SELECT count(*) FROM user_metadata"), "15");
  EXPECT_EQ(sql.value("SELECT count(*) FROM user_metadata NATURAL JOIN usermeta_replay.user_metadata"), "15");
  EXPECT_EQ(sql.value("SELECT count(*) FROM usermeta_replay.user_metadata"), "15");
  EXPECT_EQ(sql.value("SELECT position FROM usermeta_replay.as_of"), std::to_string(head));
}

TEST_F(PastReadModelTest, WhatWasErasedSinceIsMarked) {
  story("u", kMachine)("u", MetadataSet{"a", Value(""), true})
      .set("u", "b", "1")("u", MetadataValuesErased{"a"});
  EXPECT_EQ(text(model_at(3)), "u/a=erased u/b=1 ");
  EXPECT_EQ(text(model_at(4)), "u/b=1 ");
  write(model_at(3), 3);
  EXPECT_EQ(
      sql.value("SELECT string_agg(concat_ws(' ', key, coalesce(encode(value, 'escape'), 'null'), erased),"
                " ', ' ORDER BY key) FROM usermeta_replay.user_metadata"),
      "a null t, b 1 f");
}

TEST_F(PastReadModelTest, TablesThatAreThereStay) {
  story("u", kMachine).set("u", "a", "1");
  write(model_at(1), 1);
  EXPECT_THROW(write(model_at(2), 2), StatementFailed);
  EXPECT_EQ(sql.value("SELECT position FROM usermeta_replay.as_of"), "1");
}

TEST_F(PastReadModelTest, AnEventThatCannotBeReadEndsIt) {
  story("u", kMachine).set("u", "a", "1").set("u", "a", "2");
  sql.run("UPDATE events SET payload = '{' WHERE position = 2");
  EXPECT_EQ(text(model_at(1)), "");
  try {
    model_at(3);
    FAIL();
  } catch (const UnreadableEvent& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("position 2"));
  }
}

TEST_F(PastReadModelTest, AGapInTheLogIsNoEnd) {
  story("u", kMachine).set("u", "a", "1");
  EXPECT_THROW(model_at(3), Outage);
}

}  // namespace
}  // namespace usermeta
