// Several messages in one stream, and Health/Watch, which is made of them.

#include "http/grpc_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc/health/v1/health.pb.h"
#include "http/grpc_health.hpp"
#include "http/gzip.hpp"
#include "tests/http/scripted_stream.hpp"
#include "tests/http/wire.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::ElementsAre;
using Clock = std::chrono::steady_clock;

class GrpcStreamTest : public testing::Test {
 protected:
  static std::string message(const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    return request.SerializeAsString();
  }

  GrpcStream open() { return {stream, head, *procedure_format("application/grpc"), Clock::now()}; }

  // What is read until there is no more: services, and "end" or the failure's code.
  std::vector<std::string> read_all() {
    std::vector<std::string> all;
    GrpcStream reading = open();
    while (true) {
      HealthCheckRequest request;
      const auto read = run_coroutine(context, reading.read(request));
      if (const auto* failure = std::get_if<Failure>(&read)) {
        all.push_back(std::to_string(failure->code));
        return all;
      }
      all.push_back(std::get<bool>(read) ? request.service() : "end");
      if (!std::get<bool>(read)) return all;
    }
  }

  boost::asio::io_context context;
  ScriptedStream stream;
  HttpRequest head;
};

TEST_F(GrpcStreamTest, ReadsMessagesHoweverTheyAreCut) {
  const std::string bytes = framed(message("a")) + framed(message("")) + framed(message("bc"));
  stream.say(bytes);
  EXPECT_THAT(read_all(), ElementsAre("a", "", "bc", "end"));
  for (const char byte : bytes) stream.say(std::string(1, byte));
  EXPECT_THAT(read_all(), ElementsAre("a", "", "bc", "end"));
}

TEST_F(GrpcStreamTest, UnpacksEachMessageOnItsOwn) {
  head.fields.add("grpc-encoding", "gzip");
  stream.say(framed(gzip(message("a")), 1) + framed(message("b")) + framed(gzip(message("c")), 1));
  EXPECT_THAT(read_all(), ElementsAre("a", "b", "c", "end"));
}

TEST_F(GrpcStreamTest, SaysWhatIsWrongWithAMessage) {
  const std::string good = framed(message("a"));
  struct Row {
    std::string bytes, encoding, code;
  };
  for (const Row& row : {Row{good.substr(0, 3), "identity", "13"},
                         {good.substr(0, 6), "identity", "13"},
                         {framed("", 2), "identity", "13"},
                         {framed("\xff"), "identity", "3"},
                         {framed(gzip("a"), 1), "identity", "13"},
                         {framed("a", 1), "gzip", "13"},
                         {framed("a"), "br", "12"},
                         {"\0\x00\x01\x00\x01"s, "identity", "8"},
                         {framed(gzip(std::string(65'537, 'x')), 1), "gzip", "8"}}) {
    stream = {};
    head.fields = {};
    head.fields.add("grpc-encoding", row.encoding);
    stream.say(row.bytes);
    EXPECT_THAT(read_all(), ElementsAre(row.code)) << testing::PrintToString(row.bytes.substr(0, 20));
  }
}

TEST_F(GrpcStreamTest, CountsAMessageThatIsNotWhole) {
  stream.room = 30'000;
  const std::string large = framed(message(std::string(60'000, 'x')));
  for (std::size_t at = 0; at < large.size(); at += 10'000) stream.say(large.substr(at, 10'000));
  EXPECT_THAT(read_all(), ElementsAre("8"));
  EXPECT_GT(stream.kept, 30'000U);
}

TEST_F(GrpcStreamTest, HonoursTheClientsTime) {
  head.fields.add("grpc-timeout", "0m");
  EXPECT_THAT(read_all(), ElementsAre("4"));
  stream.pieces.push_back({HttpStream::Arrival::stopping, {}});
  EXPECT_THAT(read_all(), ElementsAre("14"));
  head.fields = {};
  head.fields.add("grpc-timeout", "soon");
  EXPECT_THAT(read_all(), ElementsAre("3"));
}

TEST_F(GrpcStreamTest, PacksLargeAnswersForWhoTakesThat) {
  head.fields.add("grpc-accept-encoding", "identity,gzip");
  GrpcStream writing = open();
  writing.begin({});
  EXPECT_EQ(stream.head.fields.find("grpc-encoding"), "gzip");
  HealthCheckRequest large;
  large.set_service(std::string(10'000, 'x'));
  run_coroutine(context, writing.write(large));
  run_coroutine(context, writing.write(HealthCheckRequest()));
  const Frame packed = std::get<Frame>(only_frame(stream.written.at(0)));
  EXPECT_EQ(packed.flags, kCompressed);
  EXPECT_EQ(std::get<std::string>(gunzip(packed.payload, 20'000)), large.SerializeAsString());
  EXPECT_EQ(stream.written.at(1), framed(""));
}

class WatchTest : public GrpcStreamTest {
 protected:
  void SetUp() override {
    health.emplace([this]() -> boost::asio::awaitable<std::string> { co_return trouble; });
  }

  // The statuses that were sent, then the call's.
  std::vector<std::string> watch() {
    GrpcStream watched = open();
    run_coroutine(context, health->watch(watched));
    std::vector<std::string> all;
    for (const std::string& bytes : stream.written) {
      HealthCheckResponse response;
      EXPECT_TRUE(response.ParseFromString(std::string(std::get<Frame>(only_frame(bytes)).payload)));
      all.push_back(HealthCheckResponse::ServingStatus_Name(response.status()));
    }
    all.push_back(stream.status());
    return all;
  }

  std::string trouble;
  std::optional<GrpcHealth> health;
};

TEST_F(WatchTest, TellsTheStatusAtOnceAndItsChangesOnly) {
  stream.say(framed(message("grpc.health.v1.Health")));
  int pauses = 0;
  stream.on_pause = [&](auto until) {
    EXPECT_LE(until, Clock::now() + 1s);
    trouble = ++pauses % 4 < 2 ? "" : "no database";
    return pauses < 8;
  };
  EXPECT_THAT(watch(), ElementsAre("SERVING", "NOT_SERVING", "SERVING", "NOT_SERVING", "14"));
}

TEST_F(WatchTest, EndsWithNotServingWhenTheServerStops) {
  stream.say(framed(""));
  EXPECT_THAT(watch(), ElementsAre("SERVING", "NOT_SERVING", "14"));
}

TEST_F(WatchTest, KeepsTheWatchOfAnUnknownServiceOpen) {
  stream.say(framed(message("nope.Nope")));
  bool paused = false;
  stream.on_pause = [&](auto until) {
    EXPECT_EQ(until, HttpStream::time_point::max());
    paused = true;
    return false;
  };
  EXPECT_THAT(watch(), ElementsAre("SERVICE_UNKNOWN", "14"));
  EXPECT_TRUE(paused);
}

TEST_F(WatchTest, EndsWithTheCallsTime) {
  head.fields.add("grpc-timeout", "0m");
  stream.say(framed(""));
  stream.on_pause = [](auto) { return true; };
  EXPECT_THAT(watch(), ElementsAre("SERVING", "4"));
}

TEST_F(WatchTest, WantsAMessage) {
  EXPECT_THAT(watch(), ElementsAre("12"));
  stream.say("\x02");
  stream.say(framed(""));
  EXPECT_THAT(watch(), ElementsAre("13"));
}

}  // namespace
}  // namespace usermeta
