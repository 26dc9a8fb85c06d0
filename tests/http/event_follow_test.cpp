// Those who follow the log as server-sent events, without the transport.

#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/live_stream.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class EventFollowTest : public FollowTest {
 protected:
  void follow(const std::string& query, WholeService::HeaderFields fields = {}) {
    fields.emplace_back("accept", "text/event-stream");
    start(service.request("GET", kEventsPath + "?" + query, {}, fields));
  }
  std::string end_of_log() { return service.ask("GET", kEventsPath + "?limit=1000").text("/next"); }
  static std::string last_message(int code, const std::string& after) {
    return "id: " + after + "\nevent: usermeta.end\ndata: {\"code\":" + std::to_string(code);
  }
};

TEST_F(EventFollowTest, TellsWhatHasHappenedAndThenWhatHappens) {
  const std::string user = service.add_machine("m");
  follow("user=" + user);
  until_written("event: user.machine.added\n");
  EXPECT_EQ(stream.head.status, 200U);
  EXPECT_EQ(stream.head.fields.find("content-type"), "text/event-stream");
  EXPECT_EQ(stream.head.fields.find("cache-control"), "no-store");
  EXPECT_THAT(stream.written, StartsWith(": after 0\n\nretry: 3000\n\nid: "));
  EXPECT_EQ(set(user, "MQ=="), "200");
  until_written("event: user.metadata.set\n");
  const std::string position = end_of_log();
  const auto shown = service.ask("GET", kEventsPath + "/" + position).at("/event");
  const std::size_t at = stream.written.find("id: " + position + "\nevent: user.metadata.set\ndata: ");
  ASSERT_NE(at, std::string::npos) << stream.written;
  const std::string data = stream.written.substr(stream.written.find("data: ", at) + 6);
  EXPECT_EQ(data.substr(0, data.find('\n')), boost::json::serialize(shown));
  EXPECT_THAT(stream.written, EndsWith("}\n\n"));
  stream.stop();
  until_ended();
}

TEST_F(EventFollowTest, TheLastIdGoesBeforeTheQuery) {
  const std::string end = end_of_log();
  service.add_machine("m");
  follow("after=0", {{"last-event-id", end}});
  until_written("event: ");
  EXPECT_THAT(stream.written,
              StartsWith(": after " + end + "\n\nretry: 3000\n\nid: " + std::to_string(std::stol(end) + 1) +
                         "\nevent: user.machine.added\n"));
  stream.stop();
  until_ended();
}

TEST_F(EventFollowTest, AnEmptyLastIdIsNone) {
  follow("after=2", {{"last-event-id", ""}});
  until_written("id: 3\n");
  EXPECT_THAT(stream.written, StartsWith(": after 2\n\n"));
  stream.stop();
  until_ended();
}

TEST_F(EventFollowTest, WhatIsWrongIsAnAnswerLikeAnyOther) {
  struct Row {
    std::string query, last_id;
    unsigned status;
    const char* text;
  };
  for (const Row& row : {Row{"nope=1", "", 400, "nope"},
                         {"type=nope", "", 400, "type must be"},
                         {"after=x", "", 400, "after must be"},
                         {"", "x", 400, "Last-Event-ID must be a position"}}) {
    LiveStream one(service.context());
    const HttpRequest request =
        service.request("GET", kEventsPath + "?" + row.query, {},
                        {{"accept", "text/event-stream"}, {"last-event-id", row.last_id}});
    asio::co_spawn(service.context(), service.calls().serve_stream(request, one),
                   [](const std::exception_ptr&) {});
    until([&] { return one.ended; });
    EXPECT_EQ(one.head.status, row.status);
    EXPECT_EQ(one.head.fields.find("content-type"), "application/json");
    EXPECT_THAT(one.written, HasSubstr(row.text));
  }
}

TEST_F(EventFollowTest, WhoMayNotReadIsToldSo) {
  service.token = service.add_caller("owner", "ORG_OWNER");
  follow("");
  until_ended();
  EXPECT_EQ(stream.head.status, 403U);
  EXPECT_THAT(stream.written, HasSubstr("AUTH-5mWD2"));
}

TEST_F(EventFollowTest, AStopEndsItWithThePlaceToGoOnFrom) {
  const std::string end = end_of_log();
  follow("after=" + end);
  until_written("retry");
  stream.stop();
  until_ended();
  EXPECT_THAT(stream.written, HasSubstr(last_message(14, end)));
  EXPECT_THAT(stream.written, EndsWith("\"after\":\"" + end + "\"}\n\n"));
}

TEST_F(EventFollowTest, ATokenThatIsRemovedEndsItBeforeAnythingElseIsTold) {
  const std::string user = service.add_machine("follower");
  service.ask("POST", "/admin/v1/members", R"({"userId":")" + user + R"(","roles":["IAM_OWNER_VIEWER"]})");
  const std::string end = [&] {
    service.token = service.add_token(user);
    return end_of_log();
  }();
  follow("after=" + end);
  until_written("retry");
  service.token = service.admin_token;
  service.ask("POST", "/management/v1/users/" + user + "/_lock");
  until_ended();
  EXPECT_THAT(stream.written, HasSubstr(last_message(16, end)));
  EXPECT_THAT(stream.written, Not(HasSubstr("user.locked")));
}

TEST_F(EventFollowTest, ARoleThatIsTakenEndsIt) {
  const std::string user = service.add_machine("follower");
  service.ask("POST", "/admin/v1/members", R"({"userId":")" + user + R"(","roles":["IAM_OWNER_VIEWER"]})");
  service.token = service.add_token(user);
  follow("after=" + end_of_log() + "&type=org.added");
  until_written("retry");
  service.token = service.admin_token;
  EXPECT_EQ(service.ask("DELETE", "/admin/v1/members/" + user).outcome(), "200");
  until_ended();
  EXPECT_THAT(stream.written, HasSubstr("event: usermeta.end\ndata: {\"code\":5"));
}

TEST_F(EventFollowTest, ASlowReaderIsDroppedWithWhereToGoOn) {
  stream.takes = false;
  follow("after=0");
  until_ended();
  EXPECT_THAT(stream.written, HasSubstr(last_message(8, end_of_log())));
  EXPECT_EQ(service.followers(), 0U);
}

TEST_F(EventFollowTest, AnOutageEndsItWithWhereToGoOn) {
  service.cut_off_events();
  follow("after=3");
  until_ended();
  EXPECT_THAT(stream.written, HasSubstr(last_message(14, "3")));
  EXPECT_FALSE(service.errors.empty());
}

TEST(EventFollowLimits, SilenceIsBrokenBySignsOfLifeThatSayHowFarItIs) {
  WholeService service({.follow = {.heartbeat = 1ms}});
  LiveStream stream(service.context());
  const HttpRequest request =
      service.request("GET", kEventsPath + "?user=nobody", {}, {{"accept", "text/event-stream"}});
  const std::string end = service.ask("GET", kEventsPath + "?limit=1000").text("/next");
  asio::co_spawn(service.context(), service.calls().serve_stream(request, stream),
                 [](const std::exception_ptr&) {});
  const std::string sign = ": alive\n\nid: " + end + "\n\n";
  service.context().restart();
  while (stream.written.find(sign + sign) == std::string::npos) service.context().run_one();
  stream.stop();
  while (!stream.ended) service.context().run_one();
}

TEST(EventFollowLimits, OneTooManyIsRefused) {
  WholeService service({.most_followers = 1});
  LiveStream first(service.context()), second(service.context());
  const HttpRequest request = service.request("GET", kEventsPath, {}, {{"accept", "text/event-stream"}});
  for (LiveStream* stream : {&first, &second}) {
    asio::co_spawn(service.context(), service.calls().serve_stream(request, *stream),
                   [](const std::exception_ptr&) {});
    service.context().restart();
    while (!stream->ended && stream->written.find("id: ") == std::string::npos) service.context().run_one();
  }
  EXPECT_EQ(first.head.status, 200U);
  EXPECT_EQ(second.head.status, 429U);
  EXPECT_EQ(second.head.fields.find("retry-after"), "1");
  EXPECT_EQ(service.calls().refused(), 1U);
  first.stop();
  while (!first.ended) service.context().run_one();
  EXPECT_EQ(service.followers(), 0U);
}

}  // namespace
}  // namespace usermeta
