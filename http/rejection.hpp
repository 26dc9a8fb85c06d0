#pragma once

#include <string_view>

namespace usermeta {

// What the transport itself answers to what it does not pass on. `code` is a google.rpc.Code.
struct Rejection {
  unsigned status;
  int code;
  std::string_view message;  // a literal
};

namespace rejections {

inline constexpr Rejection too_much_data{429, 8, "too much data is under way, try again later"};
inline constexpr Rejection clear_text{400, 3, "this port speaks TLS only, use https://"};
inline constexpr Rejection bad_request_line{400, 3, "malformed request line"};
inline constexpr Rejection bad_field{400, 3, "malformed header field"};
inline constexpr Rejection bad_line{400, 3, "a header line does not end with CR LF"};
inline constexpr Rejection folded_field{400, 3, "folded header fields are not accepted"};
inline constexpr Rejection bad_length{400, 3, "malformed, repeated or contradictory content-length"};
inline constexpr Rejection bad_encoding{400, 3, "malformed, repeated or contradictory transfer-encoding"};
inline constexpr Rejection bad_host{400, 3, "a request needs exactly one host field"};
inline constexpr Rejection bad_chunk{400, 3, "malformed chunk"};
inline constexpr Rejection body_too_large{413, 8, "request body too large"};
inline constexpr Rejection unknown_expectation{417, 3, "only 100-continue can be expected"};
inline constexpr Rejection header_too_large{431, 8, "request header too large"};
inline constexpr Rejection trailer_too_large{431, 8, "chunk header or trailer too large"};
inline constexpr Rejection unknown_encoding{501, 12, "no transfer-encoding but chunked is supported"};
inline constexpr Rejection unknown_version{505, 12, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
inline constexpr Rejection request_too_slow{408, 4, "the request did not arrive in time"};
inline constexpr Rejection too_many_connections{503, 14, "too many connections, try again later"};

}  // namespace rejections
}  // namespace usermeta
