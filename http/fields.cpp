#include <algorithm>
#include <array>
#include <stdexcept>

#include "http/message.hpp"

namespace usermeta {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view trim(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return value;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

void Fields::add(std::string_view lower_name, std::string_view value) {
  if (!std::in_range<std::uint32_t>(lower_name.size()) || !std::in_range<std::uint32_t>(value.size()))
    throw std::length_error("a header field of 4 GiB");
  const std::array lengths{static_cast<std::uint32_t>(lower_name.size()),
                           static_cast<std::uint32_t>(value.size())};
  static_assert(sizeof lengths == kLengths);
  const std::size_t size = bytes_.size() + kLengths + lower_name.size() + value.size();
  // An answer has a handful of short fields.
  if (size > bytes_.capacity()) bytes_.reserve(std::max<std::size_t>(2 * size, 256));
  bytes_.append(reinterpret_cast<const char*>(lengths.data()), kLengths).append(lower_name).append(value);
}

void Fields::add_any_case(std::string_view name, std::string_view value) {
  const std::size_t at = bytes_.size() + kLengths;
  add(name, value);
  for (std::size_t i = at; i < at + name.size(); ++i) bytes_[i] = lower(bytes_[i]);
}

std::optional<std::string_view> Fields::find(std::string_view lower_name) const {
  for (const auto& [name, value] : *this)
    if (name == lower_name) return value;
  return std::nullopt;
}

}  // namespace usermeta
