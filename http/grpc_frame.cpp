#include "http/grpc_frame.hpp"

namespace usermeta {
namespace {

constexpr std::size_t kHeadBytes = 5;

}  // namespace

std::variant<Frame, Failure> only_frame(std::string_view body) {
  if (body.empty()) return Failure{kUnimplemented, {}, "the call takes one message, and none came"};
  if (body.size() < kHeadBytes) return Failure{kInternal, {}, "the message ends within its head"};
  std::size_t length = 0;
  for (std::size_t i = 1; i < kHeadBytes; ++i) length = length << 8 | static_cast<unsigned char>(body[i]);
  const auto flags = static_cast<std::uint8_t>(body[0]);
  if ((flags & ~kCompressed) != 0) return Failure{kInternal, {}, "the message has flags that are not known"};
  body.remove_prefix(kHeadBytes);
  if (body.size() < length) return Failure{kInternal, {}, "the message is shorter than its head says"};
  if (body.size() > length)
    return Failure{kUnimplemented, {}, "the call takes one message, and more than that came"};
  return Frame{flags, body};
}

void append_frame(std::string& out, Frame frame) {
  out += static_cast<char>(frame.flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(frame.payload.size() >> shift & 0xFF);
  out += frame.payload;
}

}  // namespace usermeta
