#include <algorithm>

#include "http/message.hpp"

namespace usermeta {

std::optional<std::string_view> Fields::find(std::string_view lower_name) const {
  const auto found =
      std::find_if(begin(), end(), [&](const auto& field) { return field.first == lower_name; });
  if (found == end()) return std::nullopt;
  return found->second;
}

}  // namespace usermeta
