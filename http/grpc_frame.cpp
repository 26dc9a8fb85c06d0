#include "http/grpc_frame.hpp"

#include "http/codec.hpp"

namespace usermeta {
namespace {

struct FrameHead {
  std::uint8_t flags;
  std::size_t length;
};

FrameHead head_of(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < kFrameHead; ++i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return {static_cast<std::uint8_t>(bytes[0]), length};
}

Failure unknown_flags() {
  return {kInternal, {}, "the message has flags that are not known"};
}

}  // namespace

std::variant<Frame, Failure> only_frame(std::string_view body) {
  if (body.empty()) return Failure{kUnimplemented, {}, "the call takes one message, and none came"};
  if (body.size() < kFrameHead) return Failure{kInternal, {}, "the message ends within its head"};
  const auto [flags, length] = head_of(body);
  if ((flags & ~kCompressed) != 0) return unknown_flags();
  body.remove_prefix(kFrameHead);
  if (body.size() < length) return Failure{kInternal, {}, "the message is shorter than its head says"};
  if (body.size() > length)
    return Failure{kUnimplemented, {}, "the call takes one message, and more than that came"};
  return Frame{flags, body};
}

std::variant<std::optional<FirstFrame>, Failure> first_frame(std::string_view bytes, std::size_t limit) {
  if (bytes.size() < kFrameHead) return std::nullopt;
  const auto [flags, length] = head_of(bytes);
  if ((flags & ~kCompressed) != 0) return unknown_flags();
  if (length > limit) return message_too_large(limit);
  if (bytes.size() < kFrameHead + length) return std::nullopt;
  return FirstFrame{{flags, bytes.substr(kFrameHead, length)}, kFrameHead + length};
}

void append_frame(std::string& out, Frame frame) {
  out += static_cast<char>(frame.flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(frame.payload.size() >> shift & 0xFF);
  out += frame.payload;
}

}  // namespace usermeta
