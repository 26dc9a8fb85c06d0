#include "cli/log.hpp"

#include <functional>
#include <regex>
#include <stdexcept>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "events/time.hpp"

namespace usermeta {
namespace {

// The lines that were written to standard error meanwhile.
std::vector<std::string> lines(const std::string& format, const std::string& level,
                               const std::function<void(spdlog::logger&)>& work) {
  testing::internal::CaptureStderr();
  work(*make_log(format, level));
  std::string text = testing::internal::GetCapturedStderr();
  std::vector<std::string> lines;
  for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
    lines.push_back(text.substr(0, end));
  EXPECT_EQ(text, "");
  return lines;
}

const std::string kOdd = "a \"b\"\n\tc\\ \u00e9\x01\x1b[31m {} %v\r\n";

TEST(Log, WritesJson) {
  const auto written = lines("json", "info", [](spdlog::logger& log) {
    log.info("{}", kOdd);
    log.error("again");
  });
  ASSERT_EQ(written.size(), 2U);
  const auto first = boost::json::parse(written[0]).as_object();
  EXPECT_EQ(first.size(), 3U);
  EXPECT_EQ(first.at("message").as_string(), kOdd);
  EXPECT_EQ(first.at("level").as_string(), "info");
  const auto time = from_rfc3339(std::string(first.at("time").as_string()));
  ASSERT_TRUE(time);
  EXPECT_LT(std::chrono::abs(*time - std::chrono::system_clock::now()), std::chrono::hours(1));
  EXPECT_EQ(boost::json::parse(written[1]).at("level").as_string(), "error");
}

TEST(Log, WritesTextOnOneLineAnEntry) {
  const auto written = lines("text", "info", [](spdlog::logger& log) {
    log.info("{}", kOdd);
    log.warn("again");
    log.info("");
  });
  ASSERT_EQ(written.size(), 3U);
  const std::regex form(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ([a-z]+) (.*))");
  std::smatch parts;
  ASSERT_TRUE(std::regex_match(written[0], parts, form)) << written[0];
  EXPECT_EQ(parts[1], "info");
  EXPECT_EQ(parts[2], "a \"b\"  c\\ \u00e9  [31m {} %v");
  ASSERT_TRUE(std::regex_match(written[1], parts, form)) << written[1];
  EXPECT_EQ(parts[1], "warning");
  EXPECT_EQ(parts[2], "again");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const auto write_all = [](spdlog::logger& log) {
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
  };
  EXPECT_EQ(lines("text", "debug", write_all).size(), 4U);
  EXPECT_EQ(lines("text", "info", write_all).size(), 3U);
  EXPECT_EQ(lines("json", "warn", write_all).size(), 2U);
  EXPECT_EQ(lines("json", "error", write_all).size(), 1U);
  EXPECT_EQ(lines("json", "off", write_all).size(), 0U);
}

TEST(Log, RefusesOtherFormatsAndLevels) {
  EXPECT_THROW(make_log("xml", "info"), std::runtime_error);
  EXPECT_THROW(make_log("", "info"), std::runtime_error);
  EXPECT_THROW(make_log("text", "loud"), std::runtime_error);
  EXPECT_THROW(make_log("text", ""), std::runtime_error);
}

}  // namespace
}  // namespace usermeta
