#include "events/base64.hpp"

#include <array>
#include <cstdint>

namespace usermeta {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What a character adds to a group: its six bits, and a mark for the alphabet that it belongs to or for
// neither.
constexpr std::uint16_t kStandardOnly = 0x100;
constexpr std::uint16_t kUrlOnly = 0x200;
constexpr std::uint16_t kNeither = 0x400;

constexpr std::array<std::uint16_t, 256> make_decoding() {
  std::array<std::uint16_t, 256> table{};
  table.fill(kNeither);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint16_t>(i);
  table['+'] |= kStandardOnly;
  table['/'] |= kStandardOnly;
  table['-'] = 62 | kUrlOnly;
  table['_'] = 63 | kUrlOnly;
  return table;
}
constexpr auto kDecoding = make_decoding();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  std::size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    out[at++] = kAlphabet[group >> 18];
    out[at++] = kAlphabet[(group >> 12) & 63];
    out[at++] = kAlphabet[(group >> 6) & 63];
    out[at++] = kAlphabet[group & 63];
  }
  if (i == bytes.size()) return;
  const bool two = i + 2 == bytes.size();
  const std::uint32_t group = byte_at(bytes, i) << 16 | (two ? byte_at(bytes, i + 1) << 8 : 0);
  out[at++] = kAlphabet[group >> 18];
  out[at++] = kAlphabet[(group >> 12) & 63];
  out[at++] = two ? kAlphabet[(group >> 6) & 63] : '=';
  out[at++] = '=';
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 == 0) {
    if (text.ends_with('=')) text.remove_suffix(1);
    if (text.ends_with('=')) text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
  }
  if (text.size() % 4 == 1) return std::nullopt;
  const std::size_t whole = text.size() / 4 * 3;
  const std::size_t tail = text.size() % 4;  // characters: none, two or three
  std::string bytes(whole + (tail ? tail - 1 : 0), '\0');
  std::uint32_t marks = 0;
  // The bits of so many characters, those that are not there zero.
  const auto group_at = [&](std::size_t at, std::size_t count) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint32_t entry = i < count ? kDecoding[static_cast<unsigned char>(text[at + i])] : 0;
      marks |= entry;
      group = group << 6 | (entry & 63U);
    }
    return group;
  };
  std::size_t to = 0;
  for (std::size_t from = 0; to < whole; from += 4, to += 3) {
    const std::uint32_t group = group_at(from, 4);
    bytes[to] = static_cast<char>(group >> 16);
    bytes[to + 1] = static_cast<char>(group >> 8);
    bytes[to + 2] = static_cast<char>(group);
  }
  if (tail != 0) {
    const std::uint32_t group = group_at(text.size() - tail, tail);
    bytes[to] = static_cast<char>(group >> 16);
    if (tail == 3) bytes[to + 1] = static_cast<char>(group >> 8);
  }
  const bool mixed = (marks & kStandardOnly) && (marks & kUrlOnly);
  if ((marks & kNeither) || mixed) return std::nullopt;
  return bytes;
}

}  // namespace usermeta
