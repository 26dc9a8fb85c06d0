#include <algorithm>

#include "http/message.hpp"

namespace usermeta {

std::string_view trim(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return value;
}

std::optional<std::string_view> Fields::find(std::string_view lower_name) const {
  const auto found =
      std::find_if(begin(), end(), [&](const auto& field) { return field.first == lower_name; });
  if (found == end()) return std::nullopt;
  return found->second;
}

}  // namespace usermeta
