#include "http/listener.hpp"

#include <fcntl.h>
#include <future>
#include <list>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/byte_budget.hpp"
#include "http/session.hpp"
#include "tests/http/loopback.hpp"
#include "tests/http/run_coroutine.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// What a listener there fails with, or "".
std::string failure_to_listen(const char* address, std::uint16_t port) {
  boost::asio::io_context context;
  ScriptedService service;
  try {
    const Listener listener({context.get_executor()}, {boost::asio::ip::make_address(address), port},
                            HttpLimits{}, service, [](const std::exception_ptr&) {});
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "";
}

TEST(Listener, NamesAPortInUseAndTheWayOut) {
  const LoopbackServer server;
  const std::string what = failure_to_listen("127.0.0.1", server.port());
  EXPECT_THAT(what, StartsWith("cannot listen on 127.0.0.1:" + std::to_string(server.port()) + ": "));
  EXPECT_THAT(what, HasSubstr("--listen"));
  EXPECT_THAT(what, HasSubstr("in use"));
}

TEST(Listener, NamesAnAddressThatIsNotOurs) {
  EXPECT_THAT(failure_to_listen("192.0.2.1", 0), HasSubstr("192.0.2.1:0: this machine has no such address"));
}

TEST(Listener, TurnsAwayWhoIsOneTooMany) {
  HttpLimits limits;
  limits.connections = 2;
  LoopbackServer server(limits);
  LoopbackClient first(server);
  LoopbackClient second(server);
  EXPECT_EQ(first.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(second.exchange(kGetRoot).status, 200U);

  LoopbackClient third(server);
  const LoopbackClient::Answer answer = third.exchange(kGetRoot);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_THAT(answer.body, StartsWith("code 14"));
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(third.closed());
  EXPECT_EQ(first.exchange(kGetRoot).status, 200U);

  EXPECT_EQ(second.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 200U);
  EXPECT_TRUE(second.closed());
  // The place is free a moment after the close; a client that comes too early is told to come again.
  unsigned status = 503;
  for (int i = 0; i < 10'000 && status == 503; ++i) status = LoopbackClient(server).exchange(kGetRoot).status;
  EXPECT_EQ(status, 200U);
}

TEST(Listener, TellsHowManyConnectionsAreOpen) {
  LoopbackServer server;
  EXPECT_EQ(server.connections(), 0U);
  LoopbackClient first(server);
  EXPECT_EQ(first.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(server.connections(), 1U);
  {
    LoopbackClient second(server);
    EXPECT_EQ(second.exchange(kGetRoot).status, 200U);
    EXPECT_EQ(server.connections(), 2U);
  }
  while (server.connections() > 1) std::this_thread::yield();
}

// On which of the server's executors its requests were served.
class ServedOn {
 public:
  explicit ServedOn(LoopbackServer& server) : server_(server) {
    server.service.on_request = [this](const HttpRequest&) -> boost::asio::awaitable<HttpResponse> {
      served_.set_value(co_await boost::asio::this_coro::executor);
      co_return HttpResponse{};
    };
  }
  boost::asio::any_io_executor executor(LoopbackClient& client) {
    served_ = {};
    client.exchange(kGetRoot);
    return served_.get_future().get();
  }
  void wait_for_connections(std::size_t count) {
    while (server_.connections() != count) std::this_thread::yield();
  }

 private:
  LoopbackServer& server_;
  std::promise<boost::asio::any_io_executor> served_;
};

TEST(Listener, SharesItsConnectionsOutAmongTheExecutors) {
  LoopbackServer server;
  ServedOn served(server);
  const auto one = server.executors.front();
  const auto other = server.executors.back();
  LoopbackClient first(server);
  EXPECT_EQ(served.executor(first), one);
  LoopbackClient second(server);
  EXPECT_EQ(served.executor(second), other);
  {
    LoopbackClient third(server);
    EXPECT_EQ(served.executor(third), one);
    LoopbackClient fourth(server);
    EXPECT_EQ(served.executor(fourth), other);
  }
  EXPECT_EQ(served.executor(first), one) << "a connection stays where it is";
  second.close();
  served.wait_for_connections(1);
  LoopbackClient fifth(server);
  EXPECT_EQ(served.executor(fifth), other);
}

TEST(Listener, ServesWhoIsAloneOnTheFirstExecutor) {
  LoopbackServer server;
  ServedOn served(server);
  for (int i = 0; i < 3; ++i) {
    LoopbackClient client(server);
    EXPECT_EQ(served.executor(client), server.executors.front());
    client.close();
    served.wait_for_connections(0);
  }
}

TEST(Listener, IsNotBlockedByThoseItTurnsAway) {
  HttpLimits limits;
  limits.connections = 1;
  LoopbackServer server(limits);
  LoopbackClient served(server);
  EXPECT_EQ(served.exchange(kGetRoot).status, 200U);
  std::list<LoopbackClient> silent;
  for (int i = 0; i < 128; ++i) silent.emplace_back(server);
  for (LoopbackClient& client : silent) ASSERT_TRUE(client.readable(20s));
  EXPECT_TRUE(LoopbackClient(server).closed()) << "more than those are closed without a word";
  EXPECT_EQ(served.exchange(kGetRoot).status, 200U);
}

TEST(Listener, GoesOnAfterAcceptHasFailed) {
  LoopbackServer server;
  LoopbackClient waiting;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::fcntl(0, F_DUPFD, 0);
  ASSERT_GE(lowest_free, 0);
  ::close(lowest_free);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  waiting.connect(server.port());
  const std::exception_ptr error = server.error();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(what(error), StartsWith("cannot accept connections: "));
  EXPECT_EQ(waiting.exchange(kGetRoot).status, 200U);
}

TEST(ListenerStop, ClosesIdleConnectionsAtOnce) {
  LoopbackServer server;
  LoopbackClient fresh(server);
  LoopbackClient used(server);
  EXPECT_EQ(used.exchange(kGetRoot).status, 200U);
  EXPECT_TRUE(server.stop(1h).get());
  EXPECT_TRUE(fresh.closed());
  EXPECT_TRUE(used.closed());
  EXPECT_THROW(LoopbackClient(server.port()), std::runtime_error);
}

TEST(ListenerStop, LetsRunningRequestsFinish) {
  LoopbackServer server;
  Gate gate(server.context);
  server.service.on_request = [&](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.target == "/wait") co_await gate.pass();
    co_return HttpResponse{};
  };
  LoopbackClient client(server);
  LoopbackClient idle(server);
  EXPECT_EQ(idle.exchange(kGetRoot).status, 200U);
  ASSERT_TRUE(client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGetRoot)));
  gate.wait_for_arrival();
  std::future<bool> stopped = server.stop(1h);
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(client.readable(0ms));
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  gate.open();
  const LoopbackClient::Answer answer = client.read();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.closed()) << "the pipelined request after it is not answered";
  client.close();
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(server.service.seen().size(), 2U);
}

TEST(ListenerStop, FinishesARequestThatHasBegun) {
  LoopbackServer server;
  LoopbackClient client(server);
  LoopbackClient idle(server);
  EXPECT_EQ(idle.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(client.exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                .status,
            100U);
  std::future<bool> stopped = server.stop(1h);
  EXPECT_TRUE(idle.closed());
  const LoopbackClient::Answer answer = client.exchange("abc");
  EXPECT_EQ(answer.body, "POST /|abc");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(stopped.get());
}

// A session that hears of the end before it has looked at its socket for the first time, where its client has
// sent `bytes`. Returns when it is over.
void finish_unread(LoopbackClient& client, std::string_view bytes) {
  boost::asio::io_context context;
  ScriptedService service;
  const auto strand = boost::asio::any_io_executor(boost::asio::make_strand(context));
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  client.connect(acceptor.local_endpoint().port());
  ASSERT_TRUE(client.send(bytes));
  const HttpLimits limits;
  ByteBudget bodies(limits.bodies_bytes);
  const auto session = std::make_shared<Session>(Transport(acceptor.accept(strand), nullptr), limits, bodies,
                                                 service, nullptr);
  session->finish();
  run_coroutine(context, boost::asio::co_spawn(strand, session->serve(), boost::asio::use_awaitable));
}

TEST(ListenerStop, ServesARequestThatCameBeforeItAndWasNotReadYet) {
  LoopbackClient client;
  finish_unread(client, kGetRoot);
  const LoopbackClient::Answer answer = client.read();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.field("Connection"), "close");
}

// Empty lines before a request are passed over, and could go on for ever.
TEST(ListenerStop, LooksOnceForSuchARequest) {
  LoopbackClient client;
  std::string lines;
  while (lines.size() < 200 * 1024) lines += "\r\n";
  finish_unread(client, lines + kGetRoot);
  EXPECT_EQ(client.read().status, 0U);
}

TEST(ListenerStop, CutsOffTheRestAfterItsGrace) {
  LoopbackServer server;
  Gate gate(server.context);
  std::promise<void> cancelled;
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    const std::shared_ptr<void> leaving(nullptr, [&](void*) { cancelled.set_value(); });
    co_await gate.pass();
    co_return HttpResponse{};
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGetRoot));
  gate.wait_for_arrival();
  EXPECT_FALSE(server.stop(50ms).get());
  EXPECT_EQ(client.read().status, 0U);
  EXPECT_EQ(cancelled.get_future().wait_for(20s), std::future_status::ready);
}

}  // namespace
}  // namespace usermeta
