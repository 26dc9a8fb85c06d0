#include "http/gzip.hpp"

#include <gtest/gtest.h>

#include "events/base64.hpp"

namespace usermeta {
namespace {

std::string unpacked(std::string_view bytes, std::size_t limit = 1'000'000) {
  const auto result = gunzip(bytes, limit);
  if (const auto* text = std::get_if<std::string>(&result)) return *text;
  return std::get<GunzipFailure>(result) == GunzipFailure::too_large ? "too large" : "malformed";
}

TEST(Gzip, PacksAndUnpacks) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(100'000, 'x')}) {
    EXPECT_EQ(unpacked(gzip(text)), text);
    EXPECT_EQ(gzip(text).substr(0, 2), "\x1f\x8b");
  }
  EXPECT_LT(gzip(std::string(100'000, 'x')).size(), 1000U);
}

// Made by gzip(1): printf hello | gzip -n
TEST(Gzip, ReadsWhatOthersWrote) {
  const std::string bytes = from_base64("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==").value();
  EXPECT_EQ(unpacked(bytes), "hello");
  EXPECT_EQ(unpacked(bytes + bytes), "hellohello");
}

TEST(Gzip, RefusesWhatIsNone) {
  const std::string good = gzip("hello");
  EXPECT_EQ(unpacked(""), "");
  EXPECT_EQ(unpacked("hello"), "malformed");
  EXPECT_EQ(unpacked(good + "x"), "malformed");
  for (std::size_t length = 1; length < good.size(); ++length)
    EXPECT_EQ(unpacked(good.substr(0, length)), "malformed") << length;
  std::string wrong_sum = good;
  wrong_sum[wrong_sum.size() - 8] ^= 1;
  EXPECT_EQ(unpacked(wrong_sum), "malformed");
}

TEST(Gzip, StopsAtTheLimit) {
  EXPECT_EQ(unpacked(gzip(std::string(100'000, 'x')), 100'000).size(), 100'000U);
  EXPECT_EQ(unpacked(gzip(std::string(100'001, 'x')), 100'000), "too large");
  EXPECT_EQ(unpacked(gzip(std::string(50'000, 'x')) + gzip(std::string(50'001, 'x')), 100'000), "too large");
}

TEST(Gzip, IsTakenByThoseWhoSaySo) {
  for (const char* list : {"gzip", "identity,gzip", "br, GZIP ;q=0.5, *", "deflate\t,\tgzip", "gzip;q=1"})
    EXPECT_TRUE(takes_gzip(list)) << list;
  for (const char* list : {"", "identity", "gzip;q=0", "br, gzip; q=0.000", "gzipped", "x-gzip", ",,"})
    EXPECT_FALSE(takes_gzip(list)) << list;
  EXPECT_FALSE(takes_gzip(std::nullopt));
}

}  // namespace
}  // namespace usermeta
