#include "cli/shown_text.hpp"

#include <cstddef>

#include "http/target.hpp"

namespace usermeta {
namespace {

constexpr std::size_t kLongestShown = 60;  // bytes, of each text

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

// Whether a terminal shows it and does nothing else: no control character of ASCII, nor of U+0080 to U+009F.
bool is_plain(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return true;
}

}  // namespace

std::string shown(std::string_view text) {
  if (!is_plain(text)) return "(" + std::to_string(text.size()) + " bytes)";
  if (text.size() <= kLongestShown) return std::string(text);
  std::size_t end = kLongestShown;
  while (is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace usermeta
