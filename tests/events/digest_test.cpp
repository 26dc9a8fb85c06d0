#include "events/digest.hpp"

#include <gtest/gtest.h>

#include "events/base64.hpp"
#include "events/value.hpp"

namespace usermeta {
namespace {

std::string in_base64(const Digest& digest) {
  return to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// FIPS 180-4's example "abc", and the empty text.
TEST(Sha256, TestVectors) {
  EXPECT_EQ(in_base64(sha256("abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(in_base64(sha256("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST(Sha256, ConstantTimeComparison) {
  Digest other = sha256("abc");
  EXPECT_TRUE(equal_in_constant_time(sha256("abc"), other));
  other.back() ^= std::byte{1};
  EXPECT_FALSE(equal_in_constant_time(sha256("abc"), other));
}

TEST(Value, IsComparedByItsDigest) {
  EXPECT_EQ(Value("a"), Value::known_by(sha256("a")));
  EXPECT_NE(Value("a"), Value("b"));
  EXPECT_EQ(Value::known_by(sha256("a")).bytes(), "");
}

}  // namespace
}  // namespace usermeta
