#include "cli/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commands/command_handler.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Environment variables for as long as it lives.
class Environment {
 public:
  explicit Environment(const std::vector<std::pair<std::string, std::string>>& variables) {
    for (const auto& [name, value] : variables) {
      ::setenv(name.c_str(), value.c_str(), 1);
      names_.push_back(name);
    }
  }
  ~Environment() {
    for (const std::string& name : names_) ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::string> names_;
};

// Throws CLI::ParseError.
ServeOptions parsed(std::vector<std::string> arguments) {
  CLI::App app;
  ServeOptions options;
  add_serve_options(app, options);
  std::ranges::reverse(arguments);  // as CLI11 takes them
  app.parse(std::move(arguments));
  return options;
}

TEST(ParseListen, TakesAddressAndPort) {
  struct Row {
    std::string text, address;
    std::uint16_t port;
  };
  for (const Row& row : {Row{"127.0.0.1:8080", "127.0.0.1", 8080},
                         {"0.0.0.0:0", "0.0.0.0", 0},
                         {"localhost:65535", "localhost", 65535},
                         {"[::1]:8080", "::1", 8080},
                         {"[::]:80", "::", 80}}) {
    const ListenAddress listen = parse_listen(row.text);
    EXPECT_EQ(listen.address, row.address) << row.text;
    EXPECT_EQ(listen.port, row.port) << row.text;
  }
}

TEST(ParseListen, RefusesTheRestByName) {
  for (const std::string text : {"",
                                 ":",
                                 ":8080",
                                 "8080",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:x",
                                 "127.0.0.1:80x",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1: 1",
                                 "127.0.0.1:8080 ",
                                 "::1",
                                 "::1:8080",
                                 "fe80::1:8080",
                                 "[::1]",
                                 "[::1:8080",
                                 "::1]:8080",
                                 "[]:8080",
                                 "[127.0.0.1]:8080"})
    try {
      const ListenAddress listen = parse_listen(text);
      ADD_FAILURE() << text << " was taken as " << listen.address << " port " << listen.port;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()),
                "--listen " + text + " is not of the form ADDRESS:PORT, such as 127.0.0.1:8080");
    }
}

TEST(ParseListen, NamesTheOptionThatItIsAbout) {
  try {
    parse_listen("8080", "--debug-listen");
    ADD_FAILURE() << "it was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).find("--debug-listen 8080 is not"), 0U) << error.what();
  }
}

TEST(ServeOptions, HaveDefaults) {
  const ServeOptions options = parsed({});
  EXPECT_EQ(options.listen, "127.0.0.1:8080");
  EXPECT_EQ(options.debug_listen, "");
  EXPECT_EQ(options.database.data, default_data_directory());
  EXPECT_EQ(options.database.database_url, "");
  EXPECT_EQ(options.log.format, "text");
  EXPECT_EQ(options.log.level, "info");
  EXPECT_EQ(options.threads, 0U);
  EXPECT_FALSE(options.log_requests);
  EXPECT_THAT(options.trusted_proxies, IsEmpty());
  EXPECT_EQ(options.pending_commands, CommandHandler::Options().pending_commands);
  EXPECT_EQ(options.pending_megabytes << 20, CommandHandler::Options().pending_bytes);
}

TEST(ServeOptions, ComeFromTheCommandLine) {
  const ServeOptions options = parsed({"--listen",
                                       "[::1]:1",
                                       "--debug-listen",
                                       "127.0.0.1:9",
                                       "--data",
                                       "/d",
                                       "--database-url",
                                       "postgresql://h/n",
                                       "--postgres-bin",
                                       "/b",
                                       "--log-format=json",
                                       "--log-level",
                                       "debug",
                                       "--log-requests",
                                       "--tls-cert",
                                       "/c",
                                       "--tls-key",
                                       "/k",
                                       "--threads",
                                       "3",
                                       "--trusted-proxies",
                                       "10.0.0.0/8,::1",
                                       "--trusted-proxies",
                                       "192.0.2.1",
                                       "--max-connections",
                                       "7",
                                       "--idle-timeout",
                                       "0.5",
                                       "--header-timeout",
                                       "1",
                                       "--body-timeout",
                                       "2",
                                       "--call-timeout",
                                       "3",
                                       "--cache-size",
                                       "4",
                                       "--pending-commands",
                                       "5",
                                       "--pending-size",
                                       "8",
                                       "--query-connections",
                                       "6",
                                       "--max-followers",
                                       "10"});
  EXPECT_EQ(options.listen, "[::1]:1");
  EXPECT_EQ(options.debug_listen, "127.0.0.1:9");
  EXPECT_EQ(options.database.data, "/d");
  EXPECT_EQ(options.database.database_url, "postgresql://h/n");
  EXPECT_EQ(options.database.postgres_bin, "/b");
  EXPECT_EQ(options.log.format, "json");
  EXPECT_EQ(options.log.level, "debug");
  EXPECT_TRUE(options.log_requests);
  EXPECT_EQ(options.tls_certificate, "/c");
  EXPECT_EQ(options.tls_key, "/k");
  EXPECT_EQ(options.threads, 3U);
  EXPECT_THAT(options.trusted_proxies, ElementsAre("10.0.0.0/8", "::1", "192.0.2.1"));
  EXPECT_EQ(options.max_connections, 7U);
  EXPECT_EQ(options.idle_timeout, 0.5);
  EXPECT_EQ(options.header_timeout, 1);
  EXPECT_EQ(options.body_timeout, 2);
  EXPECT_EQ(options.call_timeout, 3);
  EXPECT_EQ(options.cache_megabytes, 4U);
  EXPECT_EQ(options.pending_commands, 5U);
  EXPECT_EQ(options.pending_megabytes, 8U);
  EXPECT_EQ(options.query_connections, 6U);
  EXPECT_EQ(options.max_followers, 10U);
}

// --listen: USERMETA_LISTEN, and so on: the variable's name follows from the option's.
TEST(ServeOptions, AllHaveTheirEnvironmentVariable) {
  CLI::App app;
  ServeOptions options;
  add_serve_options(app, options);
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_name() == "--help") continue;
    std::string name = "USERMETA_" + option->get_lnames().front();
    std::ranges::transform(name, name.begin(), [](char c) {
      return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    EXPECT_EQ(option->get_envname(), name);
    EXPECT_NE(option->get_description(), "") << name;
  }
}

TEST(ServeOptions, ComeFromTheEnvironmentBehindTheCommandLine) {
  const Environment environment({{"USERMETA_LISTEN", "0.0.0.0:1"},
                                 {"USERMETA_DATA", "/from-environment"},
                                 {"USERMETA_TRUSTED_PROXIES", "10.0.0.0/8,::1"},
                                 {"USERMETA_LOG_REQUESTS", "true"},
                                 {"USERMETA_CALL_TIMEOUT", "1.5"}});
  const ServeOptions options = parsed({"--listen", "127.0.0.1:2"});
  EXPECT_EQ(options.listen, "127.0.0.1:2");
  EXPECT_EQ(options.database.data, "/from-environment");
  EXPECT_THAT(options.trusted_proxies, ElementsAre("10.0.0.0/8", "::1"));
  EXPECT_TRUE(options.log_requests);
  EXPECT_EQ(options.call_timeout, 1.5);
  EXPECT_FALSE(parsed({"--no-log-requests"}).log_requests);
}

TEST(ServeOptions, CanSwitchRequestsOffInTheEnvironment) {
  for (const std::string off : {"false", "0", "off"}) {
    const Environment environment({{"USERMETA_LOG_REQUESTS", off}});
    EXPECT_FALSE(parsed({}).log_requests) << off;
  }
}

TEST(ServeOptions, AreRefusedOutOfRange) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--threads", "257"},
                                                    {"--threads", "-1"},
                                                    {"--threads", "x"},
                                                    {"--max-connections", "0"},
                                                    {"--idle-timeout", "0"},
                                                    {"--idle-timeout", "3601"},
                                                    {"--header-timeout", "nan"},
                                                    {"--body-timeout", "inf"},
                                                    {"--call-timeout", "-1"},
                                                    {"--call-timeout", "1x"},
                                                    {"--cache-size", "0"},
                                                    {"--pending-commands", "0"},
                                                    {"--pending-size", "0"},
                                                    {"--query-connections", "257"},
                                                    {"--max-followers", "-1"},
                                                    {"--log-format", "xml"},
                                                    {"--log-level", "loud"},
                                                    {"--nope"},
                                                    {"left", "over"}})
    EXPECT_THROW(parsed(arguments), CLI::ParseError) << arguments.front() << " " << arguments.back();
}

}  // namespace
}  // namespace usermeta
