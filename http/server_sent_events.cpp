#include "http/server_sent_events.hpp"

#include <charconv>

#include "http/message.hpp"

namespace usermeta {
namespace {

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += '\n';
}

// The part of `text` before the next `separator`, which is taken off together with it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

// A weight of zero: "0", "0." or "0.000" (RFC 9110 section 12.4.2).
bool is_zero(std::string_view weight) {
  return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

void append_sse_event(std::string& out, Position id, std::string_view type, std::string_view data) {
  append_line(out, "id", std::to_string(id));
  append_line(out, "event", type);
  append_line(out, "data", data);
  out += '\n';
}

void append_sse_place(std::string& out, Position id) {
  append_line(out, "id", std::to_string(id));
  out += '\n';
}

void append_sse_comment(std::string& out, std::string_view text) {
  append_line(out, "", text);
  out += '\n';
}

void append_sse_retry(std::string& out, std::chrono::milliseconds time) {
  append_line(out, "retry", std::to_string(time.count()));
  out += '\n';
}

bool accepts_event_stream(std::string_view accept) {
  while (!accept.empty()) {
    std::string_view range = take_until(accept, ',');
    if (!equals_ignoring_case(trim(take_until(range, ';')), "text/event-stream")) continue;
    bool wanted = true;
    while (!range.empty()) {
      std::string_view weight = trim(take_until(range, ';'));
      if (!equals_ignoring_case(trim(take_until(weight, '=')), "q")) continue;
      wanted = !is_zero(trim(weight));
    }
    if (wanted) return true;
  }
  return false;
}

std::optional<Position> last_event_id(std::string_view text) {
  if (text.starts_with('-')) return std::nullopt;
  Position position = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), position);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return position;
}

}  // namespace usermeta
