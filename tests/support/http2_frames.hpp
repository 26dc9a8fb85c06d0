#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usermeta {

// HTTP/2 frames as bytes, for tests (RFC 9113 section 4.1), and back. Header blocks are written as literals
// without indexing (RFC 7541 section 6.2.2); what comes back is left to the caller.
namespace http2 {

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};
enum Flag : std::uint8_t { none = 0, end_stream = 1, ack = 1, end_headers = 4 };

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

inline std::string number(std::size_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

inline std::uint32_t number_in(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

inline std::string frame(Type type, int flags, std::uint32_t stream, std::string_view payload) {
  return number(payload.size(), 3) + number(type, 1) + number(static_cast<std::size_t>(flags), 1) +
         number(stream, 4) + std::string(payload);
}

// A string's length with a prefix of 7 bits (RFC 7541 section 5.1), and the string.
inline std::string literal(std::string_view text) {
  std::string out;
  std::size_t rest = text.size();
  if (rest < 127) {
    out += static_cast<char>(rest);
  } else {
    out += '\x7f';
    for (rest -= 127; rest >= 128; rest /= 128) out += static_cast<char>(rest % 128 + 128);
    out += static_cast<char>(rest);
  }
  return out.append(text);
}

inline std::string block(const Pairs& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += '\0' + literal(name) + literal(value);
  return out;
}

inline Pairs request(const std::string& method, const std::string& path, Pairs more = {}) {
  Pairs fields{{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "a"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

inline std::string get(std::uint32_t stream, const std::string& path, const Pairs& more = {}) {
  return frame(headers, end_headers | end_stream, stream, block(request("GET", path, more)));
}

inline std::string post(std::uint32_t stream, const std::string& path, const Pairs& more = {}) {
  return frame(headers, end_headers, stream, block(request("POST", path, more)));
}

inline std::string hello() {
  return std::string(preface) + frame(settings, none, 0, "");
}

// The first frame of the bytes, which is taken from them; nothing when it is not whole.
inline std::optional<Frame> next_frame(std::string& bytes) {
  if (bytes.size() < 9) return std::nullopt;
  const std::size_t length = number_in(std::string_view(bytes).substr(0, 3));
  if (bytes.size() < 9 + length) return std::nullopt;
  Frame found{static_cast<std::uint8_t>(bytes[3]), static_cast<std::uint8_t>(bytes[4]),
              number_in(std::string_view(bytes).substr(5, 4)), bytes.substr(9, length)};
  bytes.erase(0, 9 + length);
  return found;
}

}  // namespace http2
}  // namespace usermeta
