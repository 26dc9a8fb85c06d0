#include "cli/http_client.hpp"

#include <future>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/system/system_error.hpp>
#include <gmock/gmock.h>

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class HttpClientTest : public testing::Test {
 protected:
  std::string url(const std::string& prefix = "") {
    return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + prefix;
  }
  // Takes one connection, answers as many requests as there are answers, and closes it; what was asked.
  std::string serve(const std::vector<std::string>& answers) {
    tcp::socket socket = acceptor.accept();
    std::string asked;
    for (const std::string& answer : answers) {
      std::string request;
      asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n");
      asked += request;
      asio::write(socket, asio::buffer(answer));
    }
    return asked;
  }

  asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
};

TEST_F(HttpClientTest, AsksAgainOnTheSameConnectionAndMakesAnotherWhenThatIsClosed) {
  auto asked = std::async(std::launch::async, [this] {
    const std::string first =
        serve({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
               "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb"});
    return first + serve({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc"});
  });
  HttpClient client(url("/below/"), {.token = "secret"});
  EXPECT_EQ(client.get("/1").body, "a");
  EXPECT_EQ(client.get("/2").status, 404U);
  EXPECT_EQ(client.get("/3").body, "c");
  EXPECT_THAT(asked.get(), testing::AllOf(testing::HasSubstr("GET /below/1 HTTP/1.1\r\n"),
                                          testing::HasSubstr("GET /below/3 HTTP/1.1\r\n"),
                                          testing::HasSubstr("Authorization: Bearer secret\r\n")));
}

// The kernel takes the connection, and nobody answers.
TEST_F(HttpClientTest, GivesUpWhenThereIsNoAnswerInTime) {
  HttpClient client(url(), {.limit = std::chrono::milliseconds(50)});
  try {
    client.get("/");
    FAIL() << "an answer from nobody";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::beast::error::timeout);
  }
}

TEST_F(HttpClientTest, SaysWhenNobodyListens) {
  const std::string nobody = url();
  acceptor.close();
  HttpClient client(nobody, {});
  EXPECT_THROW(client.get("/"), boost::system::system_error);
}

}  // namespace
}  // namespace usermeta
