#pragma once

#include <chrono>
#include <cstddef>

namespace usermeta {

// A message may hold so many values: on the wire each is two bytes or more, and in memory some hundred.
inline constexpr std::size_t kMostParts = 100'000;

// What one client may cost. Sizes are bytes on the wire.
struct HttpLimits {
  using Duration = std::chrono::steady_clock::duration;

  std::size_t header_bytes = 16 * 1024;  // request line and fields; also a chunked body's trailer
  // Without the chunks' framing. A message has 4 MiB at most, and a third more as gRPC-Web's text.
  std::size_t body_bytes = 6 * 1024 * 1024;
  std::size_t bodies_bytes = 256 * 1024 * 1024;  // of all connections' bodies together
  std::size_t connections = 10'000;              // open at the same time
  std::size_t linger_bytes = 128 * 1024 * 1024;  // read and dropped after an answer that ends the connection

  Duration idle_time = std::chrono::seconds(60);    // before the first byte of a request
  Duration header_time = std::chrono::seconds(10);  // a whole header, from its first byte
  Duration body_time = std::chrono::seconds(30);    // a whole body
  Duration write_time = std::chrono::seconds(30);   // a whole answer
  Duration linger_time = std::chrono::seconds(5);   // the same as linger_bytes, whichever comes first
};

}  // namespace usermeta
