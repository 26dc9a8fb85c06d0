#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>

#include "http/tls_stream.hpp"

namespace usermeta {

// What a TLS port shows its clients: a certificate chain and its key, from two PEM files; TLS 1.2 and 1.3,
// and of 1.2 only what RFC 9113 section 9.2 lets HTTP/2 use. Every function may be called from any thread.
class Tls {
 public:
  struct Files {
    std::string certificate;  // the server's own first, then those that lead to the root
    std::string key;          // not encrypted; may be the same file
  };

  // Throws std::runtime_error, whose what() names the file and the way out.
  explicit Tls(Files files);

  // Reads the files again, for the connections that begin from now on. Throws as the constructor does, and
  // then nothing has changed.
  void reload();

  // A new connection's side of TLS; the descriptor stays the caller's.
  std::unique_ptr<TlsStream> stream(int descriptor) const;

 private:
  using Context = std::shared_ptr<SSL_CTX>;
  static Context load(const Files& files);

  const Files files_;
  mutable std::mutex mutex_;  // guards context_; a connection keeps the one that it has begun with
  Context context_;
};

}  // namespace usermeta
