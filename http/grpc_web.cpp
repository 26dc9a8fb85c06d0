#include "http/grpc_web.hpp"

#include <algorithm>

#include "events/base64.hpp"
#include "http/grpc_frame.hpp"

namespace usermeta {

std::optional<std::string> from_grpc_web_text(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const std::size_t padding = std::min(text.find('='), text.size());
    const std::size_t end = std::min(text.find_first_not_of('=', padding), text.size());
    const auto piece = from_base64(text.substr(0, end));
    if (!piece) return std::nullopt;
    bytes += *piece;
    text.remove_prefix(end);
  }
  return bytes;
}

void end_grpc_web(HttpResponse& response, const Fields& trailers, bool text) {
  std::string lines;
  for (const auto& [name, value] : trailers) lines.append(name).append(": ").append(value).append("\r\n");
  append_frame(response.body, {kTrailers, lines});
  if (text) response.body = to_base64(response.body);
}

}  // namespace usermeta
