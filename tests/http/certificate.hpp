#pragma once

#include <string>

#include "http/tls.hpp"
#include "tests/support/temp_directory.hpp"

namespace usermeta {

// A new self-signed certificate for `name` and its key, in PEM form.
struct Certificate {
  explicit Certificate(const std::string& name);
  std::string certificate;
  std::string key;
  std::string encrypted_key;  // the same
};

// The two files that a server reads; they can be written again.
class CertificateFiles {
 public:
  explicit CertificateFiles(const std::string& name) { write(Certificate(name)); }

  void write(const Certificate& certificate) const {
    write_certificate(certificate.certificate);
    write_key(certificate.key);
  }
  void write_certificate(const std::string& text) const;
  void write_key(const std::string& text) const;
  Tls::Files files() const {
    return {.certificate = directory_.path() / "cert.pem", .key = directory_.path() / "key.pem"};
  }

 private:
  TempDirectory directory_;
};

}  // namespace usermeta
