#include "tests/http/certificate.hpp"

#include <fstream>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace usermeta {
namespace {

void check(bool good) {
  if (!good) throw std::runtime_error("OpenSSL makes no certificate");
}

// What `write` writes.
template <class Write>
std::string text_of(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  check(memory && write(memory.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace

Certificate::Certificate(const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  check(pair && made);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), pair.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
  X509_set_issuer_name(made.get(), subject);
  check(X509_sign(made.get(), pair.get(), EVP_sha256()) > 0);
  certificate = text_of([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
  key = text_of([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  encrypted_key = text_of([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, pair.get(), EVP_aes_128_cbc(), "word", 4, nullptr, nullptr);
  });
}

void CertificateFiles::write_certificate(const std::string& text) const {
  write_file(files().certificate, text);
}

void CertificateFiles::write_key(const std::string& text) const {
  write_file(files().key, text);
}

}  // namespace usermeta
