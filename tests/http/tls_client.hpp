#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "tests/http/loopback.hpp"

namespace usermeta {

// A LoopbackClient that speaks through TLS, and believes every certificate.
class TlsClient : public LoopbackClient {
 public:
  struct Wish {
    std::vector<std::string> protocols = {};  // ALPN; none: not asked for
    int newest_version = 0;                   // as OpenSSL names it; 0: its own
    std::string ciphers = {};                 // of TLS 1.2 and before; "": OpenSSL's own
  };

  // Connects; shake_hands() is yet to come.
  TlsClient(const LoopbackServer& server, const Wish& wish);
  explicit TlsClient(const LoopbackServer& server) : TlsClient(server, Wish{}) {}

  // "" when it is done, or what went wrong.
  std::string shake_hands();
  std::string protocol() const;
  std::string version() const;
  std::string cipher() const;
  // Whose certificate the server has shown.
  std::string server_name() const;
  // Of TLS 1.2; whether the server goes along.
  bool renegotiate();

  // Shakes hands first, if that has not been done.
  bool send(std::string_view bytes) override;
  // Whether the server says goodbye (close_notify), without another byte.
  bool closed() override;
  // Says goodbye ourselves, and goes on reading.
  void end_sending();

 protected:
  bool receive() override;

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  bool established_ = false;
};

}  // namespace usermeta
