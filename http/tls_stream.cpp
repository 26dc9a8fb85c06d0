#include "http/tls_stream.hpp"

#include <cerrno>
#include <new>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

namespace usermeta {
namespace {

// OpenSSL's own way to a socket would raise SIGPIPE where the peer is gone. The BIO's data is the
// descriptor's address.
int descriptor_of(BIO* bio) {
  return *static_cast<const int*>(BIO_get_data(bio));
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int receive(BIO* bio, char* space, std::size_t size, std::size_t* bytes) {
  const ssize_t result = ::recv(descriptor_of(bio), space, size, 0);
  BIO_clear_retry_flags(bio);
  if (result < 0 && would_block()) BIO_set_retry_read(bio);
  if (result == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (result <= 0) return 0;
  *bytes = static_cast<std::size_t>(result);
  return 1;
}

int send(BIO* bio, const char* data, std::size_t size, std::size_t* bytes) {
  const ssize_t result = ::send(descriptor_of(bio), data, size, MSG_NOSIGNAL);
  BIO_clear_retry_flags(bio);
  if (result < 0 && would_block()) BIO_set_retry_write(bio);
  if (result <= 0) return 0;
  *bytes = static_cast<std::size_t>(result);
  return 1;
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is kept back
}

using Method = std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>;

Method make_method() {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals"),
                BIO_meth_free);
  if (!method) throw std::bad_alloc();
  BIO_meth_set_read_ex(method.get(), receive);
  BIO_meth_set_write_ex(method.get(), send);
  BIO_meth_set_ctrl(method.get(), control);
  return method;
}

BIO* new_bio(int& descriptor) {
  static const Method method = make_method();
  BIO* bio = BIO_new(method.get());
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio, &descriptor);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

void TlsStream::Free::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

TlsStream::TlsStream(SSL_CTX& context, int descriptor) : descriptor_(descriptor), ssl_(SSL_new(&context)) {
  if (!ssl_) throw std::bad_alloc();
  BIO* bio = new_bio(descriptor_);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsStream::Outcome TlsStream::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    established_ = true;
    return Outcome::done;
  }
  const Outcome outcome = outcome_of(result);
  const auto reason = ERR_GET_REASON(ERR_peek_error());
  return outcome == Outcome::failed && reason == SSL_R_HTTP_REQUEST ? Outcome::clear_text : outcome;
}

TlsStream::Protocol TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  if (size == 0) return Protocol::any;
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2" ? Protocol::http2
                                                                             : Protocol::http1;
}

TlsStream::Outcome TlsStream::read(std::span<char> space, std::size_t& bytes) {
  bytes = 0;
  if (failed_) return Outcome::failed;
  ERR_clear_error();
  return outcome_of(SSL_read_ex(ssl_.get(), space.data(), space.size(), &bytes));
}

TlsStream::Outcome TlsStream::write(std::string_view bytes, std::size_t& written) {
  written = 0;
  if (failed_) return Outcome::failed;
  ERR_clear_error();
  const Outcome outcome = outcome_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written));
  in_write_ = outcome != Outcome::done;
  return outcome;
}

bool TlsStream::has_unread() const {
  return SSL_has_pending(ssl_.get()) == 1;
}

void TlsStream::end() {
  if (!established_ || failed_ || in_write_) return;
  if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

TlsStream::Outcome TlsStream::outcome_of(int result) {
  if (result > 0) return Outcome::done;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::ended;
    default:
      failed_ = true;
      return Outcome::failed;
  }
}

}  // namespace usermeta
