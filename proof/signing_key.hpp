#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace usermeta {

// A private key of Ed25519 (RFC 8032). Any thread. The functions throw std::runtime_error.
class SigningKey {
 public:
  static SigningKey generate();
  // PKCS #8 in PEM form, not encrypted, as `openssl genpkey -algorithm ed25519` writes it.
  static SigningKey from_pem(std::string_view pem);
  std::string to_pem() const;

  std::string public_key() const;                 // 32 bytes
  std::string sign(std::string_view text) const;  // 64 bytes

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const;
  };
  explicit SigningKey(EVP_PKEY* key);

  std::shared_ptr<EVP_PKEY> key_;
};

// Whether that public key's owner has signed the text.
bool is_signature(std::string_view public_key, std::string_view text, std::string_view signature);

}  // namespace usermeta
