#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace usermeta::bench {

enum class Call : std::uint8_t { health, set, get, list, bulk };
enum class Format : std::uint8_t { json, grpc };

struct Options {
  Call call = Call::set;
  Format format = Format::json;
  std::uint16_t port = 0;
  std::string token;
  std::vector<std::string> users;  // all ids have the same length
  std::size_t keys = 10;           // of a user: key0, key1 ...
  std::size_t entries = 100;       // of a bulk set
  std::size_t connections = 1;
  std::size_t streams = 1;  // requests at a time on one connection, gRPC only
  double seconds = 5;
  double warm_up = 1;
  double rate = 0;       // requests a second, answered or not; 0: the next one when one is answered
  double tick_ms = 0.5;  // with a rate: how often sockets and schedule are looked at
  bool each = false;     // every user once, in the file's order, and the end
  bool may_refuse = false;
};

// From the command line. A status to end with when that says so: --help, or a mistake, which is on stderr.
std::optional<int> read_options(int argc, char** argv, Options& options);

}  // namespace usermeta::bench
