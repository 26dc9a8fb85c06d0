#include "events/base64.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

// RFC 4648 section 10.
TEST(Base64, TestVectors) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, AppendsToWhatIsThere) {
  std::string out = "value: ";
  append_base64(out, "foob");
  EXPECT_EQ(out, "value: Zm9vYg==");
}

TEST(Base64, RoundTripOfEveryByteAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, WritesTheStandardAlphabet) {
  EXPECT_EQ(to_base64("\xff\xff\xfe"), "///+");
}

TEST(Base64, ReadsEitherAlphabetButNotBoth) {
  EXPECT_EQ(from_base64("///+"), "\xff\xff\xfe");
  EXPECT_EQ(from_base64("___-"), "\xff\xff\xfe");
  EXPECT_EQ(from_base64("__/+"), std::nullopt);
  EXPECT_EQ(from_base64("AAAAAA+-"), std::nullopt);
}

TEST(Base64, ReadsWithoutPadding) {
  EXPECT_EQ(from_base64("Zg"), "f");
  EXPECT_EQ(from_base64("Zm8"), "fo");
  EXPECT_EQ(from_base64("Zm9vYg"), "foob");
}

TEST(Base64, RefusesWrongPadding) {
  for (const char* text : {"=", "==", "===", "====", "Zg=", "Zm8==", "Zm9v=", "Zm9v==", "Zm9v===", "Zm9v====",
                           "Z===", "Zg=a", "Z=g=", "=Zg=", "Zg==Zg==", "Zg==="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Base64, RefusesALoneCharacter) {
  EXPECT_EQ(from_base64("Z"), std::nullopt);
  EXPECT_EQ(from_base64("Zm9vZ"), std::nullopt);
}

TEST(Base64, RefusesOtherCharacters) {
  for (const char* text : {"Zm9 v", "Zm9v\n", "\nZm9v", "Zm\n9v", "Zm9!", "Zm9\x80", "Zm9.", "Zm9*"})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  EXPECT_EQ(from_base64(std::string_view("Zm9\0", 4)), std::nullopt);
}

TEST(Base64, IgnoresBitsBehindTheLastByte) {
  EXPECT_EQ(from_base64("YR=="), "a");
  EXPECT_EQ(from_base64("YR"), "a");
  EXPECT_EQ(from_base64("Zm9="), "fo");
}

}  // namespace
}  // namespace usermeta
