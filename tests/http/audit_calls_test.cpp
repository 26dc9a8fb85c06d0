#include <gmock/gmock.h>

#include "events/cloud_event.hpp"
#include "http/gzip.hpp"
#include "projections/audit_projector.hpp"
#include "proof/audit_entry.hpp"
#include "proof/signed_note.hpp"
#include "support/sql.hpp"
#include "support/story.hpp"
#include "support/threads.hpp"
#include "tests/http/whole_service.hpp"

// /audit/*: what C2SP's tlog-tiles wants of a log.

namespace usermeta {
namespace {

using testing::HasSubstr;

class AuditCallsTest : public testing::Test {
 protected:
  ~AuditCallsTest() override { threads.run(projector.stop()); }

  // So many events in all, and a checkpoint over them.
  void grow(int events) {
    Sql sql(service.conninfo());
    const int there = std::stoi(sql.value("SELECT position FROM log_head"));
    Story(sql).many_sets("u", events - there, 5);
    if (!std::exchange(started, true)) projector.start();
    projector.poke();
    sql.until("SELECT max(size) FROM audit_checkpoints", std::to_string(events));
  }
  // The checkpoint that is served, once its signature is found to be good.
  Checkpoint checkpoint() {
    const auto answer = service.ask("GET", "/audit/checkpoint");
    const auto found = parse_checkpoint(answer.body);
    EXPECT_TRUE(found) << answer.body;
    EXPECT_TRUE(open_note(answer.body, {found->origin, key.public_key()}));
    return *found;
  }
  std::string body(const std::string& path) {
    const auto answer = service.ask("GET", path);
    EXPECT_EQ(answer.status, 200U) << path << answer.body;
    return answer.body;
  }

  WholeService service;
  Threads threads;
  SigningKey key = SigningKey::generate();
  AuditProjector projector{threads.executor(),
                           {.conninfo = service.conninfo(),
                            .process = "p",
                            .key = key,
                            .checkpoint_time = std::chrono::milliseconds(1),
                            .gather = std::chrono::milliseconds(1)}};
  bool started = false;
};

TEST_F(AuditCallsTest, TilesAndEntriesAddUpToTheCheckpoint) {
  grow(600);
  const Checkpoint signed_now = checkpoint();
  EXPECT_EQ(signed_now.size, 600U);
  TreeEdge from_tiles, from_entries;
  for (const std::string tile : {"000", "001", "002.p/88"}) {
    const std::string hashes = body("/audit/tile/0/" + tile);
    const std::string bundle = body("/audit/tile/entries/" + tile);
    const auto entries = entries_in(bundle);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size() * sizeof(Digest), hashes.size());
    for (std::size_t at = 0; at < entries->size(); ++at) {
      from_tiles.add(hash_in(hashes, at));
      from_entries.add(leaf_hash((*entries)[at]));
    }
  }
  EXPECT_EQ(from_tiles.root(), signed_now.root);
  EXPECT_EQ(from_entries.root(), signed_now.root);
  const std::string above = body("/audit/tile/1/000.p/2");
  EXPECT_EQ(hash_in(above, 0), tile_root(body("/audit/tile/0/000")));
  EXPECT_EQ(hash_in(above, 1), tile_root(body("/audit/tile/0/001")));
}

TEST_F(AuditCallsTest, WhatWasServedStaysAsItWas) {
  grow(300);
  const std::string hashes = body("/audit/tile/0/001.p/44");
  const std::string entries = body("/audit/tile/entries/001.p/44");
  grow(700);
  EXPECT_EQ(body("/audit/tile/0/001.p/44"), hashes);
  EXPECT_EQ(body("/audit/tile/0/001").substr(0, hashes.size()), hashes);
  EXPECT_EQ(body("/audit/tile/entries/001.p/44"), entries);
}

TEST_F(AuditCallsTest, SaysHowLongItMayBeKept) {
  grow(300);
  const auto note = service.ask("GET", "/audit/checkpoint");
  EXPECT_EQ(note.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(note.field("cache-control"), "no-cache");
  const auto tile = service.ask("GET", "/audit/tile/0/000");
  EXPECT_EQ(tile.field("content-type"), "application/octet-stream");
  EXPECT_EQ(tile.field("cache-control"), "public, max-age=31536000, immutable");
  const auto entries = service.ask("GET", "/audit/tile/entries/000");
  EXPECT_EQ(entries.field("content-type"), "application/octet-stream");
  EXPECT_EQ(entries.field("cache-control"), "private, max-age=31536000, immutable");
}

TEST_F(AuditCallsTest, EntriesArePackedForWhoeverTakesIt) {
  grow(300);
  const auto packed = service.ask("GET", "/audit/tile/entries/000", {}, {{"accept-encoding", "gzip"}});
  EXPECT_EQ(packed.field("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 50'000U);
  EXPECT_EQ(std::get<std::string>(gunzip(packed.body, 1 << 20)), body("/audit/tile/entries/000"));
  EXPECT_EQ(service.ask("GET", "/audit/tile/entries/000").field("content-encoding"), "(none)");
}

// Hashes and signatures tell nothing of anybody; entries tell who did what to whom.
TEST_F(AuditCallsTest, EntriesWantPermissionAndNothingElseDoes) {
  const std::string reader = service.add_caller("reader", "ORG_OWNER");
  grow(300);
  service.token.clear();
  EXPECT_EQ(service.ask("GET", "/audit/checkpoint").status, 200U);
  EXPECT_EQ(service.ask("GET", "/audit/tile/0/000").status, 200U);
  EXPECT_EQ(service.ask("GET", "/audit/tile/entries/000").status, 401U);
  service.token = reader;
  EXPECT_EQ(service.ask("GET", "/audit/tile/entries/000").outcome(), "403 7 AUTH-5mWD2");
}

TEST_F(AuditCallsTest, WhatIsNotThereIsAnUnknownPath) {
  EXPECT_EQ(service.ask("GET", "/audit/checkpoint").outcome(), "404 5") << "before the first one";
  grow(300);
  for (const char* path :
       {"/audit", "/audit/", "/audit/checkpoint/", "/audit/tile/0/0", "/audit/tile/0/001",
        "/audit/tile/0/002", "/audit/tile/0/001.p/45", "/audit/tile/0/001.p/0", "/audit/tile/1/000",
        "/audit/tile/1/000.p/2", "/audit/tile/2/000.p/1", "/audit/tile/64/000", "/audit/tile/entries/001",
        "/audit/tile/entries/001.p/45", "/audit/tile/entries/x018/x446/x744/x073/x709/x551/615",
        "/audit/tile/0/x018/x446/x744/x073/x709/x551/615", "/audit/tile/entries/../checkpoint"})
    EXPECT_EQ(service.ask("GET", path).outcome(), "404 5") << path;
  for (const char* path : {"/audit/checkpoint", "/audit/tile/0/000", "/audit/tile/entries/000"}) {
    EXPECT_EQ(service.ask("HEAD", path).status, 200U);
    const auto refused = service.ask("POST", path);
    EXPECT_EQ(refused.outcome(), "405 12");
    EXPECT_EQ(refused.field("allow"), "GET, HEAD");
  }
}

TEST_F(AuditCallsTest, AnEntryIsTheEventsEnvelope) {
  grow(300);
  const std::string bundle = body("/audit/tile/entries/001.p/44");
  const std::string entry(entries_in(bundle)->back());
  EXPECT_THAT(entry, HasSubstr(R"("id":"300",)"));
  EXPECT_THAT(entry, HasSubstr(R"("subject":"users/u",)"));
  Sql sql(service.conninfo());
  const std::string hash = sql.value(
      "SELECT encode(sha256(salt || convert_to(payload, 'UTF8')), 'hex') FROM events"
      " WHERE position = 300");
  EXPECT_THAT(entry, HasSubstr("\"payloadsha256\":\"" + hash + "\""));
  EXPECT_EQ(entry.find("value"), std::string::npos);
}

}  // namespace
}  // namespace usermeta
