#include "proof/checkpoint.hpp"

#include <charconv>
#include <cstring>

#include "events/base64.hpp"

namespace usermeta {
namespace {

// Without its end, which is taken off as well; nothing when there is no line.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
  std::string text = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n";
  append_base64(text, {reinterpret_cast<const char*>(checkpoint.root.data()), checkpoint.root.size()});
  return text + "\n";
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  const auto origin = take_line(text);
  const auto size = take_line(text);
  const auto root = take_line(text);
  if (!origin || origin->empty() || !size || !root) return std::nullopt;
  checkpoint.origin = *origin;
  const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), checkpoint.size);
  if (error != std::errc() || std::to_string(checkpoint.size) != *size) return std::nullopt;
  const auto hash = from_base64(*root);
  if (!hash || hash->size() != checkpoint.root.size()) return std::nullopt;
  std::memcpy(checkpoint.root.data(), hash->data(), hash->size());
  return checkpoint;
}

std::string origin_of(const std::string& instance) {
  return "usermeta.invalid/" + instance;
}

}  // namespace usermeta
