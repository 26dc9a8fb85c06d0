#include "http/trace_context.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";
const std::string kMiddle = "-" + kTrace + "-" + kParent + "-";

TEST(Traceparent, OfVersion00IsKeptAsItIs) {
  for (const std::string flags : {"00", "01", "03", "ff"})
    EXPECT_EQ(read_traceparent("00" + kMiddle + flags), "00" + kMiddle + flags);
  const std::string least = "00-" + std::string(31, '0') + "1-" + std::string(15, '0') + "1-00";
  EXPECT_EQ(read_traceparent(least), least);
}

TEST(Traceparent, OfAHigherVersionIsReadAsVersion00WithTheFlagThatIsKnown) {
  for (const std::string version : {"01", "0a", "cc", "fe"})
    for (const std::string more : {"", "-", "-what-the-future-will-be-like", "-\xff \t"}) {
      EXPECT_EQ(read_traceparent(version + kMiddle + "01" + more), "00" + kMiddle + "01") << version << more;
      EXPECT_EQ(read_traceparent(version + kMiddle + "ff" + more), "00" + kMiddle + "01") << version << more;
      EXPECT_EQ(read_traceparent(version + kMiddle + "fe" + more), "00" + kMiddle + "00") << version << more;
    }
}

TEST(Traceparent, AMalformedOneIsIgnored) {
  const std::string good = "00" + kMiddle + "01";
  ASSERT_EQ(read_traceparent(good), good);
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_EQ(read_traceparent(good.substr(0, length)), "") << length;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char wrong : {'-', 'g', 'A', 'F', ' ', '\0', '.'}) {
      std::string bad = good;
      if (bad[at] == wrong) continue;
      bad[at] = wrong;
      EXPECT_EQ(read_traceparent(bad), "") << bad;
    }
  for (const std::string& bad : {
           good + "-",
           good + "-more",
           good + "0",
           good + " ",
           " " + good,
           "ff" + kMiddle + "01",
           "ff" + kMiddle + "01-more",
           "01" + kMiddle + "01more",
           "01" + kMiddle + "0",
           "cc" + kMiddle + "01.",
           "00-" + std::string(32, '0') + "-" + kParent + "-01",
           "00-" + kTrace + "-" + std::string(16, '0') + "-01",
           "01-" + std::string(32, '0') + "-" + kParent + "-01",
           good + ", " + good,
       })
    EXPECT_EQ(read_traceparent(bad), "") << bad;
}

TEST(Traceparent, OfAHeaderIsTheOnlyOneThere) {
  Fields fields;
  EXPECT_EQ(traceparent_of(fields), "");
  fields.add("tracestate", "a=1");
  fields.add("traceparent", "00" + kMiddle + "01");
  EXPECT_EQ(traceparent_of(fields), "00" + kMiddle + "01");
  fields.add("traceparent", "00" + kMiddle + "01");
  EXPECT_EQ(traceparent_of(fields), "");
}

}  // namespace
}  // namespace usermeta
