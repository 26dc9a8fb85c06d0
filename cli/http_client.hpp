#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace usermeta {

// GET after GET on one connection over HTTP/1.1, which is made when it is wanted. Blocks.
class HttpClient {
 public:
  // Over TLS: whose certificate is taken. `of_host`: one that an authority has signed for the URL's host
  // (SSL_CERT_FILE names other authorities than the system's).
  enum class Certificate : std::uint8_t { of_host, any };
  struct Options {
    std::string token = {};  // sent with each request, unless it is empty
    // For an answer, and the connection when there is none yet; finding the host's address has its own.
    std::chrono::milliseconds limit{60'000};
    Certificate certificate = Certificate::of_host;
  };
  struct Answer {
    unsigned status = 0;
    std::string body;
  };

  // "http://HOST:PORT/PREFIX" or "https://...".
  HttpClient(const std::string& url, Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // What there is at `path`, below the prefix. Throws boost::system::system_error when there is no answer;
  // boost::beast::error::timeout when there is none in time.
  Answer get(const std::string& path);

 private:
  class Connection;

  Options options_;
  std::string authority_, host_, port_, prefix_;
  bool tls_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace usermeta
