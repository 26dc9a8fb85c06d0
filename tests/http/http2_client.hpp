#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/http/loopback.hpp"
#include "tests/support/http2_frames.hpp"

namespace usermeta {

// A client that reads frames.
class Http2Client : public LoopbackClient {
 public:
  explicit Http2Client(const LoopbackServer& server) : LoopbackClient(server) { send(http2::hello()); }

  // The next frame of this type, whatever comes before it; nothing when the connection ends.
  std::optional<http2::Frame> next(http2::Type type) {
    while (true) {
      const std::string head = read_bytes(9);
      if (head.size() < 9) return std::nullopt;
      std::string bytes = head + read_bytes(http2::number_in(std::string_view(head).substr(0, 3)));
      auto frame = http2::next_frame(bytes);
      if (!frame || frame->type == type) return frame;
    }
  }

  // The bodies by stream, of so many whole answers.
  std::map<unsigned, std::string> answers(std::size_t count) {
    std::map<unsigned, std::string> bodies;
    while (count > 0) {
      const auto frame = next(http2::data);
      if (!frame) break;
      bodies[frame->stream] += frame->payload;
      if ((frame->flags & http2::end_stream) != 0) --count;
    }
    return bodies;
  }
};

}  // namespace usermeta
