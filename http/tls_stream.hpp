#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/types.h>

namespace usermeta {

// The server's side of TLS (RFC 8446 and 5246) on one non-blocking descriptor, which somebody else owns,
// waits for and closes after the last call here. Holds no buffer while nothing is under way. Not for use by
// two threads at a time.
class TlsStream {
 public:
  // What a step has come to.
  enum class Outcome : std::uint8_t {
    done,
    wants_read,   // nothing yet: the same again when the descriptor is readable
    wants_write,  // ... when it is writable
    ended,        // the peer sends no more
    clear_text,   // of a handshake: the peer speaks HTTP without TLS, and may be told so without TLS
    failed,       // no further step can succeed
  };

  // What the client and we have agreed on (ALPN, RFC 7301); `any`: it did not ask.
  enum class Protocol : std::uint8_t { any, http1, http2 };

  TlsStream(SSL_CTX& context, int descriptor);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Before anything else, until it is done.
  Outcome shake_hands();
  Protocol protocol() const;

  // done: between 1 and space.size() bytes.
  Outcome read(std::span<char> space, std::size_t& bytes);
  // done: between 1 and all of the bytes, of which there must be one at least. After wants_* the same bytes
  // must come again, wherever they are.
  Outcome write(std::string_view bytes, std::size_t& written);

  // Bytes that have left the descriptor, but perhaps not for a whole record: the next read() may be done
  // while the descriptor is not readable.
  bool has_unread() const;

  // Says that nothing more will be sent (close_notify), when that is possible at once and not said already.
  void end();

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };

  Outcome outcome_of(int result);

  int descriptor_;
  std::unique_ptr<SSL, Free> ssl_;
  bool established_ = false;
  bool failed_ = false;
  bool in_write_ = false;  // a write has begun that wants to go on
};

}  // namespace usermeta
