#include "http/token.hpp"

#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(Token, HasTheFormThatScannersLookFor) {
  const std::regex form("umpat_[A-Za-z0-9_-]{43}");
  for (int i = 0; i < 200; ++i) {
    const std::string token = new_token();
    EXPECT_TRUE(std::regex_match(token, form)) << token;
    EXPECT_TRUE(looks_like_token(token)) << token;
  }
}

// Each of 256 tokens of 43 characters: that a place never varies has a chance of far less than 2^-1000.
TEST(Token, IsRandomInEveryPlace) {
  std::set<std::string> tokens;
  std::vector<std::set<char>> seen(49);
  for (int i = 0; i < 256; ++i) {
    const std::string token = new_token();
    ASSERT_EQ(token.size(), seen.size());
    tokens.insert(token);
    for (std::size_t place = 0; place < seen.size(); ++place) seen[place].insert(token[place]);
  }
  EXPECT_EQ(tokens.size(), 256U);
  for (std::size_t place = 0; place < seen.size(); ++place) {
    if (place < 6)
      EXPECT_EQ(seen[place].size(), 1U) << place;
    else
      EXPECT_GT(seen[place].size(), 8U) << place;
  }
  // 43 characters hold 258 bits: the last one carries four random bits.
  EXPECT_LE(seen.back().size(), 16U);
}

TEST(Token, LooksLikeOneOnlyWithPrefixAndLength) {
  const std::string token = new_token();
  for (const std::string& other : {std::string(), std::string("umpat_"), token + "x", token.substr(1),
                                   token.substr(0, token.size() - 1), "x" + token.substr(1)})
    EXPECT_FALSE(looks_like_token(other)) << other;
}

TEST(Token, ComesAfterTheSchemeInAnyCase) {
  EXPECT_EQ(bearer_token("Bearer umpat_x"), "umpat_x");
  EXPECT_EQ(bearer_token("bEARER a"), "a");
  for (const char* other :
       {"", "Bearer", "Bearer ", "Bearer  a", "Bearer a b", "Basic eA==", "Bearera", " Bearer a"})
    EXPECT_EQ(bearer_token(other), std::nullopt) << other;
}

// The hash is storage: `printf umpat_... | sha256sum`.
TEST(Token, IsStoredAsSha256OfAllItsText) {
  const Digest hash = hash_of_token("umpat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  std::string hex;
  for (const std::byte byte : hash) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[std::to_integer<unsigned>(byte >> 4)];
    hex += kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  EXPECT_EQ(hex, "756070de058ff76ccf97fbe9ddb31c1244f0ed493f6c78d1ca011c9da674b790");
}

}  // namespace
}  // namespace usermeta
