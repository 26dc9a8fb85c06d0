// Those who follow the log through gRPC, without the transport.

#include <gtest/gtest.h>

#include "http/grpc_frame.hpp"
#include "tests/http/live_stream.hpp"
#include "tests/http/wire.hpp"

namespace usermeta {
namespace {

class GrpcFollowTest : public FollowTest {
 protected:
  void follow(const v1::FollowRequest& request) {
    stream.asked = framed(request.SerializeAsString());
    start(service.request("POST", "/usermeta.v1.EventsService/Follow", {},
                          {{"content-type", "application/grpc"}}));
  }
  std::vector<v1::FollowResponse> messages() const {
    std::vector<v1::FollowResponse> all;
    std::string_view rest = stream.written;
    while (!rest.empty()) {
      const auto first = std::get<0>(first_frame(rest, kLongestMessage));
      if (!first || !all.emplace_back().ParseFromString(std::string(first->frame.payload))) {
        ADD_FAILURE() << "no whole message";
        return all;
      }
      rest.remove_prefix(first->size);
    }
    return all;
  }
  std::string status() const { return std::string(stream.trailers.find("grpc-status").value_or("(none)")); }
};

TEST_F(GrpcFollowTest, TellsWhatHasHappenedAndThenWhatHappens) {
  const std::string user = service.add_machine("m");
  v1::FollowRequest request;
  request.set_user(user);
  follow(request);
  until([&] { return messages().size() == 1; });
  EXPECT_EQ(set(user, "MQ=="), "200");
  until([&] { return messages().size() == 2; });
  service.add_machine("another");
  stream.stop();
  until_ended();
  const auto all = messages();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].event().type(), "user.machine.added");
  EXPECT_EQ(all[1].event().type(), "user.metadata.set");
  EXPECT_EQ(all[1].position(), all[1].event().position());
  EXPECT_FALSE(all[2].has_event());
  EXPECT_GE(all[2].position(), all[1].position());
  EXPECT_EQ(status(), "14");
}

TEST_F(GrpcFollowTest, RefusesAsCallsDo) {
  v1::FollowRequest request;
  request.add_type("nope");
  follow(request);
  until_ended();
  EXPECT_EQ(status(), "3");
}

TEST_F(GrpcFollowTest, WhoMayNotReadIsToldSo) {
  service.token = "";
  follow({});
  until_ended();
  EXPECT_EQ(status(), "16");
  EXPECT_TRUE(stream.written.empty());
}

TEST_F(GrpcFollowTest, WantsHttp2) {
  const HttpRequest request = service.request("POST", "/usermeta.v1.EventsService/Follow", {},
                                              {{"content-type", "application/grpc"}});
  EXPECT_FALSE(service.calls().is_streamed(request, HttpVersion::http1));
  EXPECT_EQ(
      ask_wire(service, "application/grpc-web", "/usermeta.v1.EventsService/Follow", v1::FollowRequest())
          .outcome(),
      "12");
}

}  // namespace
}  // namespace usermeta
