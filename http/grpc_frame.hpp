#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/failure.hpp"

namespace usermeta {

// A message on its way in gRPC and gRPC-Web (grpc/grpc doc/PROTOCOL-HTTP2.md "Length-Prefixed-Message",
// doc/PROTOCOL-WEB.md):
//
//   flags 1 | length 4, big-endian | payload
//
// flags: 1 the payload is compressed; 0x80 it is trailers (gRPC-Web, answers only).
struct Frame {
  std::uint8_t flags = 0;
  std::string_view payload;
};
inline constexpr std::size_t kFrameHead = 5;
inline constexpr std::uint8_t kCompressed = 0x01;
inline constexpr std::uint8_t kTrailers = 0x80;

// The frame of a body that must hold exactly one, or the failure that gRPC's doc/statuscodes.md names:
// another number of them 12, half a one or unknown flags 13.
std::variant<Frame, Failure> only_frame(std::string_view body);

// The first frame of bytes that may go on, and how long it is with its head; nothing while it is not whole.
// A failure as soon as its head says more than `limit` (8) or has unknown flags (13).
struct FirstFrame {
  Frame frame;
  std::size_t size;
};
std::variant<std::optional<FirstFrame>, Failure> first_frame(std::string_view bytes, std::size_t limit);

void append_frame(std::string& out, Frame frame);

}  // namespace usermeta
