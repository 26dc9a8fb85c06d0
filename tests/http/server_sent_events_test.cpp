#include "http/server_sent_events.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(ServerSentEvents, AreWrittenLineByLine) {
  std::string out;
  append_sse_comment(out, "after 4");
  append_sse_retry(out, std::chrono::milliseconds(3000));
  append_sse_event(out, 5, "user.locked", R"({"position":"5"})");
  append_sse_place(out, 9);
  EXPECT_EQ(out,
            ": after 4\n\n"
            "retry: 3000\n\n"
            "id: 5\nevent: user.locked\ndata: {\"position\":\"5\"}\n\n"
            "id: 9\n\n");
}

TEST(ServerSentEvents, AreAskedForByName) {
  for (const char* accept :
       {"text/event-stream", "TEXT/Event-Stream", " text/event-stream ", "text/event-stream;q=1",
        "application/json, text/event-stream", "text/event-stream, */*;q=0.1", "text/event-stream ; q = 0.5",
        "text/event-stream;charset=utf-8", "text/event-stream;q=0, text/event-stream", ",,text/event-stream"})
    EXPECT_TRUE(accepts_event_stream(accept)) << accept;
  for (const char* accept :
       {"", "*/*", "text/*", "application/json", "text/event-streams", "text/event-stream2", "event-stream",
        "text/event-stream;q=0", "text/event-stream; Q=0.000", "text/event-stream;a=b;q=0",
        "text/plain;text/event-stream"})
    EXPECT_FALSE(accepts_event_stream(accept)) << accept;
}

TEST(ServerSentEvents, TheLastIdIsAPosition) {
  EXPECT_EQ(last_event_id("0"), 0);
  EXPECT_EQ(last_event_id("4711"), 4711);
  EXPECT_EQ(last_event_id("9223372036854775807"), INT64_MAX);
  for (const char* none : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "abc", "1,2"})
    EXPECT_FALSE(last_event_id(none)) << none;
}

}  // namespace
}  // namespace usermeta
