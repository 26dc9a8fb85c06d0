#pragma once

#include <memory>
#include <string>

namespace usermeta {

// GET after GET on one connection over HTTP/1.1; blocks. Over TLS the certificate must be good for the host
// (SSL_CERT_FILE names other authorities than the system's). Throws std::runtime_error that names the URL.
class HttpGet {
 public:
  // "http://HOST:PORT/PREFIX" or "https://..."; `token`: sent with each request, unless it is empty.
  HttpGet(const std::string& url, std::string token);
  ~HttpGet();
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;

  // The body of the answer to `path`, below the prefix; throws for any other status than 200.
  std::string get(const std::string& path);

 private:
  class Connection;

  std::string url_;
  std::string token_;
  std::string host_, port_, prefix_;
  bool tls_ = false;
  std::unique_ptr<Connection> connection_;
};

}  // namespace usermeta
