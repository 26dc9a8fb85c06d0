#include "http/tls.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace usermeta {
namespace {

// RFC 7301: h2 first, for whoever offers both.
constexpr std::array<unsigned char, 12> protocols = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// RFC 9113 section 9.2.2: of TLS 1.2 the cipher suites with forward secrecy and AEAD. Those of TLS 1.3 all
// are.
constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// A long chain has some kilobytes.
constexpr std::size_t most_bytes = 1024 * 1024;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// RFC 7301 section 3.2: a client that speaks neither is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, protocols.data(), protocols.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// What OpenSSL has complained about first.
std::string complaint() {
  const unsigned long error = ERR_get_error();
  const char* reason = ERR_reason_error_string(error);
  return reason ? reason : "unknown error";
}

// OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::string content_of(const char* option, const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  std::string content(most_bytes, '\0');
  content.resize(file ? std::fread(content.data(), 1, content.size(), file.get()) : 0);
  if (!file || std::ferror(file.get()) != 0) {
    throw std::runtime_error("cannot read " + std::string(option) + " " + path + ": " +
                             std::generic_category().message(errno) +
                             "; name a PEM file that the service's user may read");
  }
  return content;
}

std::unique_ptr<BIO, decltype(&BIO_free)> reader_of(const std::string& text) {
  std::unique_ptr<BIO, decltype(&BIO_free)> reader(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  if (!reader) throw std::bad_alloc();
  return reader;
}

// Takes the chain; gives back its first certificate.
Certificate use_certificates(SSL_CTX& context, const std::string& path) {
  const std::string text = content_of("--tls-cert", path);
  const auto reader = reader_of(text);
  ERR_clear_error();
  Certificate first(PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr), X509_free);
  if (!first) {
    throw std::runtime_error("--tls-cert " + path +
                             " holds no certificate: a PEM file is wanted (-----BEGIN CERTIFICATE-----), "
                             "the server's own first and then those that lead to its root");
  }
  if (SSL_CTX_use_certificate(&context, first.get()) != 1) {
    throw std::runtime_error("--tls-cert " + path + " cannot be used: " + complaint() +
                             "; get a certificate for a stronger key (RSA of 2048 bits, or EC P-256)");
  }
  while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(&context, next) == 1) continue;
    X509_free(next);
    throw std::runtime_error("--tls-cert " + path + ": a certificate of the chain cannot be used: " +
                             complaint() + "; remove it, or get it with a stronger key");
  }
  // The end of the file is no error, and a broken certificate is one.
  const unsigned long last = ERR_peek_last_error();
  if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    throw std::runtime_error("--tls-cert " + path + ": a certificate of the chain is broken: " + complaint() +
                             "; write the file anew");
  }
  return first;
}

void use_key(SSL_CTX& context, X509& certificate, const Tls::Files& files) {
  const std::string text = content_of("--tls-key", files.key);
  const auto reader = reader_of(text);
  ERR_clear_error();
  const Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (!key) {
    const bool encrypted = text.find("ENCRYPTED") != std::string::npos;
    throw std::runtime_error(
        "--tls-key " + files.key +
        (encrypted ? " is encrypted: decrypt it with `openssl pkey -in FILE -out FILE`, and let only the "
                     "service's user read it"
                   : " holds no private key: a PEM file is wanted (-----BEGIN PRIVATE KEY-----)"));
  }
  if (X509_check_private_key(&certificate, key.get()) != 1) {
    throw std::runtime_error("--tls-key " + files.key + " is not the key of --tls-cert " + files.certificate +
                             ": name the key that this certificate was made for");
  }
  if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1) {
    throw std::runtime_error("--tls-key " + files.key + " cannot be used: " + complaint() +
                             "; make a stronger one (RSA of 2048 bits, or EC P-256)");
  }
}

}  // namespace

Tls::Tls(Files files) : files_(std::move(files)), context_(load(files_)) {}

void Tls::reload() {
  Context fresh = load(files_);
  const std::unique_lock lock(mutex_);
  context_ = std::move(fresh);
}

std::unique_ptr<TlsStream> Tls::stream(int descriptor) const {
  Context context;
  {
    const std::unique_lock lock(mutex_);
    context = context_;
  }
  return std::make_unique<TlsStream>(*context, descriptor);
}

Tls::Context Tls::load(const Files& files) {
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(context.get(), tls12_ciphers) != 1) {
    throw std::runtime_error("this OpenSSL has no cipher suite for TLS 1.2: " + complaint());
  }
  // HTTP says itself where a message ends, so that an end without a goodbye hides nothing.
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Partial: a large answer is encrypted record by record, as the socket takes it. Release: an idle
  // connection keeps no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  // Clients resume by tickets, which cost no memory here.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  const Certificate certificate = use_certificates(*context, files.certificate);
  use_key(*context, *certificate, files);
  return context;
}

}  // namespace usermeta
