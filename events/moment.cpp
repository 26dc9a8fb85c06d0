#include "events/moment.hpp"

#include <algorithm>
#include <charconv>

namespace usermeta {

std::optional<Moment> parse_moment(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;  // any such number is a Position
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!text.empty() && text.size() <= kMostDigits && std::ranges::all_of(text, is_digit)) {
    Position position = 0;
    std::from_chars(text.data(), text.data() + text.size(), position);
    return position;
  }
  if (const auto time = from_rfc3339(text)) return *time;
  return std::nullopt;
}

}  // namespace usermeta
