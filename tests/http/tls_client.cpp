#include "tests/http/tls_client.hpp"

#include <array>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace usermeta {

TlsClient::TlsClient(const LoopbackServer& server, const Wish& wish)
    : LoopbackClient(server), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
  SSL_CTX_set_security_level(context_.get(), 0);  // old versions too, if the server would
  SSL_CTX_set_max_proto_version(context_.get(), wish.newest_version);
  if (!wish.ciphers.empty() && SSL_CTX_set_cipher_list(context_.get(), wish.ciphers.c_str()) != 1) {
    throw std::runtime_error("no such cipher: " + wish.ciphers);
  }
  std::string names;
  for (const std::string& name : wish.protocols) names += static_cast<char>(name.size()) + name;
  SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(names.data()),
                          static_cast<unsigned>(names.size()));
  ssl_.reset(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(ssl_.get(), socket_);
}

std::string TlsClient::shake_hands() {
  ERR_clear_error();
  established_ = SSL_connect(ssl_.get()) == 1;
  if (established_) return "";
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  return reason ? reason : "closed";
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::version() const {
  return SSL_get_version(ssl_.get());
}

std::string TlsClient::cipher() const {
  return SSL_get_cipher_name(ssl_.get());
}

std::string TlsClient::server_name() const {
  std::array<char, 100> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl_.get())), NID_commonName,
                            name.data(), static_cast<int>(name.size()));
  return name.data();
}

bool TlsClient::renegotiate() {
  ERR_clear_error();
  return SSL_renegotiate(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1;
}

bool TlsClient::send(std::string_view bytes) {
  if (!established_ && !shake_hands().empty()) return false;
  ERR_clear_error();
  return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsClient::receive() {
  std::array<char, 16 * 1024> bytes;
  ERR_clear_error();
  const int received = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (received <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

bool TlsClient::closed() {
  char byte = 0;
  ERR_clear_error();
  const int received = SSL_read(ssl_.get(), &byte, 1);
  return buffer_.empty() && SSL_get_error(ssl_.get(), received) == SSL_ERROR_ZERO_RETURN;
}

void TlsClient::end_sending() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

}  // namespace usermeta
