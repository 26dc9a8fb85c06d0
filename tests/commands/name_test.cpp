#include "commands/name.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(FoldName, ComparesWithoutCase) {
  EXPECT_EQ(fold_name("Bot-7@EXAMPLE.com"), "bot-7@example.com");
  EXPECT_EQ(fold_name("ÄÖÜ"), "äöü");
  EXPECT_EQ(fold_name("ΑΒΓ"), "αβγ");
  EXPECT_EQ(fold_name("ЖЩЯ"), "жщя");
  EXPECT_EQ(fold_name("𐐀"), "𐐨");  // four bytes
  EXPECT_EQ(fold_name("ẞ"), "ß");
}

TEST(FoldName, LeavesTheRestAlone) {
  EXPECT_EQ(fold_name(""), "");
  EXPECT_EQ(fold_name(" a  b "), " a  b ");
  EXPECT_EQ(fold_name("日本語🔑"), "日本語🔑");
  EXPECT_EQ(fold_name("straße"), "straße");
  EXPECT_EQ(fold_name("äöü"), "äöü");
}

TEST(FoldName, IsFoldedOnce) {
  for (const char* name : {"Bot", "ÄÖÜ", "İstanbul", "ΣΊΣΥΦΟΣ", "𐐀"})
    EXPECT_EQ(fold_name(fold_name(name)), fold_name(name)) << name;
}

// What is no UTF-8 never gets here; if it does, nothing is read beyond its end.
TEST(FoldName, SurvivesTornText) {
  for (const char* torn : {"\xc3", "\xe2\x82", "\xf0\x9f\x94", "\xff", "\x80"})
    EXPECT_FALSE(fold_name(torn).empty());
}

TEST(NameClaim, HasAScope) {
  EXPECT_EQ(user_name_claim("Ada"), (Name{"user", "ada"}));
  EXPECT_EQ(org_name_claim("Ada"), (Name{"org", "ada"}));
}

}  // namespace
}  // namespace usermeta
