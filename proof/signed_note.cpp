#include "proof/signed_note.hpp"

#include "events/base64.hpp"
#include "events/digest.hpp"
#include "events/hex.hpp"
#include "proof/tiles.hpp"

namespace usermeta {
namespace {

constexpr char kEd25519 = '\1';
constexpr std::size_t kKey = 32;
constexpr std::size_t kId = 4;
constexpr std::string_view kDash = "\u2014 ";

// SHA-256(name | line feed | kind of signature | key)[:4]
std::string id_of(const VerifierKey& key) {
  const Digest digest = sha256(key.name + "\n" + kEd25519 + key.key);
  return std::string(bytes_of(digest).substr(0, kId));
}

// "— NAME SIGNATURE", whose signature is given when the name is the key's.
std::optional<std::string> signature_in(std::string_view line, const std::string& name) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  if (!line.starts_with(name) || line.substr(name.size(), 1) != " ") return std::nullopt;
  return from_base64(line.substr(name.size() + 1));
}

// Where the empty line before the signatures is: the last of all.
std::size_t end_of_text(std::string_view note) {
  return note.ends_with('\n') ? note.rfind("\n\n") : std::string_view::npos;
}

}  // namespace

std::string to_text(const VerifierKey& key) {
  return key.name + "+" + to_hex(id_of(key)) + "+" + to_base64(kEd25519 + key.key);
}

std::optional<VerifierKey> parse_verifier_key(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos || first == 0) return std::nullopt;
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->size() != 1 + kKey || bytes->front() != kEd25519) return std::nullopt;
  VerifierKey key{std::string(text.substr(0, first)), bytes->substr(1)};
  if (to_text(key) != text) return std::nullopt;
  return key;
}

std::string sign_note(const std::string& text, const std::string& name, const SigningKey& key) {
  const std::string id = id_of({name, key.public_key()});
  return text + "\n" + std::string(kDash) + name + " " + to_base64(id + key.sign(text)) + "\n";
}

std::optional<std::string> open_note(std::string_view note, const VerifierKey& key) {
  auto text = text_of_note(note);
  if (!text) return std::nullopt;
  std::string_view lines = note.substr(text->size() + 1);
  while (!lines.empty()) {
    const auto signature = signature_in(lines.substr(0, lines.find('\n')), key.name);
    lines.remove_prefix(lines.find('\n') + 1);
    if (!signature || signature->substr(0, kId) != id_of(key)) continue;
    // What a key that is known has not signed is refused, whoever else has.
    if (!is_signature(key.key, *text, std::string_view(*signature).substr(kId))) return std::nullopt;
    return text;
  }
  return std::nullopt;
}

std::optional<std::string> text_of_note(std::string_view note) {
  const std::size_t end = end_of_text(note);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(note.substr(0, end + 1));
}

}  // namespace usermeta
