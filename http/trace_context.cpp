#include "http/trace_context.hpp"

#include <algorithm>
#include <optional>

namespace usermeta {
namespace {

constexpr std::size_t kLength = 55;  // of version 00

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

// The lowest bit of two digits.
bool is_sampled(std::string_view flags) {
  return std::string_view("13579bdf").find(flags.back()) != std::string_view::npos;
}

}  // namespace

std::string read_traceparent(std::string_view value) {
  if (value.size() < kLength) return {};
  const std::string_view version = value.substr(0, 2);
  const std::string_view flags = value.substr(53, 2);
  const bool dashes = value[2] == '-' && value[35] == '-' && value[52] == '-';
  if (!dashes || !is_hex(version) || !is_id(value.substr(3, 32)) || !is_id(value.substr(36, 16)) ||
      !is_hex(flags))
    return {};
  if (version == "00") return value.size() == kLength ? std::string(value) : std::string();
  if (version == "ff") return {};
  if (value.size() > kLength && value[kLength] != '-') return {};
  return "00" + std::string(value.substr(2, 51)) + (is_sampled(flags) ? "01" : "00");
}

std::string traceparent_of(const Fields& fields) {
  std::optional<std::string_view> found;
  for (const auto& [name, value] : fields) {
    if (name != "traceparent") continue;
    if (found) return {};
    found = value;
  }
  return found ? read_traceparent(*found) : std::string();
}

}  // namespace usermeta
