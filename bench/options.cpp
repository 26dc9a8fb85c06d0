#include "bench/options.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

namespace usermeta::bench {
namespace {

constexpr auto kAbout =
    R"(Asks a service on this machine, over HTTP/1.1 with JSON or over HTTP/2 with gRPC, from one thread;
checks each answer, and prints one line of JSON. An answer that is wrong ends the run with status 1.

Without --rate each connection (each stream) asks as soon as it was answered. With it, requests are due at
even distances, and a latency counts from when its request was due: a service that stalls cannot hide it.
sent_..., refused_...: from when it was sent. late_...: by how much the load itself was behind although a
connection was free. own_cpu_us, own_wait_us: what it used of a core for a request, and how long it waited
for one. Others may set the same users' metadata at the same time: what is checked stays true.)";

const std::map<std::string, Call> kCalls{{"health", Call::health},
                                         {"set", Call::set},
                                         {"get", Call::get},
                                         {"list", Call::list},
                                         {"bulk", Call::bulk}};
const std::map<std::string, Format> kFormats{{"json", Format::json}, {"grpc", Format::grpc}};

bool of_one_length(const std::vector<std::string>& users) {
  return std::ranges::all_of(users, [&](const auto& user) { return user.size() == users[0].size(); });
}

// What the options say together; empty when all is well.
std::string mistake(const Options& options) {
  if (options.call == Call::health) return {};
  if (options.token.empty()) return "--token-file: there is no token";
  if (options.users.empty()) return "--users-file: there is no user";
  if (!of_one_length(options.users)) return "--users-file: the ids must all be of one length";
  if (options.format == Format::grpc && options.call != Call::set) return "--format grpc can set only";
  if (options.each && options.rate != 0) return "--each goes without --rate";
  if (options.format == Format::json && options.streams != 1) return "--streams is for gRPC";
  return {};
}

}  // namespace

std::optional<int> read_options(int argc, char** argv, Options& options) {
  std::string call = "set";
  std::string format = "json";
  std::string token_file;
  std::string users_file;
  CLI::App app{kAbout};
  app.add_option("--call", call, "What to ask")->check(CLI::IsMember(kCalls))->capture_default_str();
  app.add_option("--format", format, "json over HTTP/1.1, or grpc over HTTP/2 (set only)")
      ->check(CLI::IsMember(kFormats))
      ->capture_default_str();
  app.add_option("--port", options.port, "Where the service listens, on 127.0.0.1")->required();
  app.add_option("--token-file", token_file, "The caller's token")->check(CLI::ExistingFile);
  app.add_option("--users-file", users_file, "Ids of users, one a line")->check(CLI::ExistingFile);
  app.add_option("--keys", options.keys, "Keys of a user")->check(CLI::Range(1, 1'000'000));
  app.add_option("--entries", options.entries, "Keys of a bulk set")->check(CLI::Range(1, 1000));
  app.add_option("--connections", options.connections, "How many")->check(CLI::Range(1, 60'000));
  app.add_option("--streams", options.streams, "Requests at a time on one connection (gRPC)")
      ->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.seconds, "How long is measured");
  app.add_option("--warm-up", options.warm_up, "Seconds before that");
  app.add_option("--rate", options.rate, "Requests a second, answered or not; 0: as fast as answered");
  app.add_option("--tick-ms", options.tick_ms,
                 "With --rate: how often the load looks what is due and answered")
      ->check(CLI::Range(0.0, 100.0));
  app.add_flag("--each", options.each, "Ask for each user once, in the file's order: no time, no rate");
  app.add_flag("--may-refuse", options.may_refuse, "429 is an answer, too, and counted");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  options.call = kCalls.at(call);
  options.format = kFormats.at(format);
  if (!token_file.empty()) std::ifstream(token_file) >> options.token;
  std::ifstream users(users_file);
  for (std::string user; users >> user;) options.users.push_back(user);
  if (const std::string wrong = mistake(options); !wrong.empty()) {
    std::cerr << "load: " << wrong << '\n';
    return 2;
  }
  return std::nullopt;
}

}  // namespace usermeta::bench
