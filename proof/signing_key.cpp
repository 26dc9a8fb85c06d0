#include "proof/signing_key.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace usermeta {
namespace {

constexpr std::size_t kPublicKey = 32;
constexpr std::size_t kSignature = 64;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL would ask the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

}  // namespace

void SigningKey::Free::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

SigningKey::SigningKey(EVP_PKEY* key) : key_(key, Free()) {}

SigningKey SigningKey::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (!key) throw std::runtime_error("OpenSSL makes no Ed25519 key");
  return SigningKey(key);
}

SigningKey SigningKey::from_pem(std::string_view pem) {
  const Bio source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SigningKey key(source ? PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key.key_ || EVP_PKEY_is_a(key.key_.get(), "ED25519") != 1)
    throw std::runtime_error("is no unencrypted private key of Ed25519 in PEM form");
  return key;
}

std::string SigningKey::to_pem() const {
  const Bio target(BIO_new(BIO_s_mem()));
  if (!target ||
      PEM_write_bio_PKCS8PrivateKey(target.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw std::runtime_error("OpenSSL does not write the key");
  char* text = nullptr;
  const long length = BIO_get_mem_data(target.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string SigningKey::public_key() const {
  std::array<unsigned char, kPublicKey> raw;
  std::size_t length = raw.size();
  if (EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &length) != 1 || length != raw.size())
    throw std::runtime_error("OpenSSL gives no public key");
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::string SigningKey::sign(std::string_view text) const {
  std::array<unsigned char, kSignature> signature;
  std::size_t length = signature.size();
  const Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, bytes(text), text.size()) != 1)
    throw std::runtime_error("OpenSSL does not sign");
  return {reinterpret_cast<const char*>(signature.data()), length};
}

bool is_signature(std::string_view public_key, std::string_view text, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()),
      EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new());
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

}  // namespace usermeta
