#include "http/tls.hpp"

#include <filesystem>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/certificate.hpp"

namespace usermeta {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// What loading them fails with, or "".
std::string failure(const Tls::Files& files) {
  try {
    const Tls tls(files);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

class TlsFiles : public testing::Test {
 protected:
  // The option, its file, and a word of what is wrong or of the way out.
  static auto names_certificate(const Tls::Files& files, const char* word) {
    return AllOf(HasSubstr("--tls-cert " + files.certificate), HasSubstr(word));
  }
  static auto names_key(const Tls::Files& files, const char* word) {
    return AllOf(HasSubstr("--tls-key " + files.key), HasSubstr(word));
  }

  const CertificateFiles written{"one"};
  const Tls::Files files = written.files();
};

TEST_F(TlsFiles, AreTaken) {
  EXPECT_EQ(failure(files), "");
}

TEST_F(TlsFiles, AreTakenInOneFileAndWithAChain) {
  const Certificate own("own");
  written.write_certificate(own.key + own.certificate + Certificate("root").certificate);
  EXPECT_EQ(failure({.certificate = files.certificate, .key = files.certificate}), "");
}

TEST_F(TlsFiles, ThatCannotBeReadAreNamed) {
  std::filesystem::remove(files.certificate);
  EXPECT_THAT(failure(files), names_certificate(files, "No such file or directory; name a PEM file"));
  written.write(Certificate("one"));
  std::filesystem::remove(files.key);
  EXPECT_THAT(failure(files), names_key(files, "No such file or directory; name a PEM file"));
  std::filesystem::create_directory(files.key);
  EXPECT_THAT(failure(files), names_key(files, "Is a directory; name a PEM file"));
}

TEST_F(TlsFiles, ThatHoldSomethingElseAreNamed) {
  for (const std::string& text : {std::string("no PEM"), std::string(), Certificate("one").key}) {
    written.write_certificate(text);
    EXPECT_THAT(failure(files), names_certificate(files, "-----BEGIN CERTIFICATE-----"));
  }
  written.write(Certificate("one"));
  written.write_key(Certificate("one").certificate);
  EXPECT_THAT(failure(files), names_key(files, "-----BEGIN PRIVATE KEY-----"));
}

TEST_F(TlsFiles, WithABrokenChainAreNamed) {
  const Certificate own("own");
  written.write(own);
  std::string second = Certificate("root").certificate;
  second.replace(second.find('\n') + 1, 4, "!!!!");
  written.write_certificate(own.certificate + second);
  EXPECT_THAT(failure(files), names_certificate(files, "chain is broken"));
}

TEST_F(TlsFiles, OfTwoDifferentPairsAreNamedBoth) {
  written.write_key(Certificate("two").key);
  EXPECT_THAT(failure(files), AllOf(names_key(files, "is not the key of"), names_certificate(files, "")));
}

TEST_F(TlsFiles, WithAnEncryptedKeyAskNobody) {
  const Certificate own("own");
  written.write(own);
  written.write_key(own.encrypted_key);
  EXPECT_THAT(failure(files), names_key(files, "openssl pkey"));
}

TEST_F(TlsFiles, AreReadAgainOnlyWhenTheyAreGood) {
  Tls tls(files);
  EXPECT_NO_THROW(tls.reload());
  written.write_key("no PEM");
  EXPECT_THROW(tls.reload(), std::runtime_error);
  written.write(Certificate("two"));
  EXPECT_NO_THROW(tls.reload());
}

}  // namespace
}  // namespace usermeta
