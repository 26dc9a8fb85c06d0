#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proof/signing_key.hpp"

namespace usermeta {

// A text with the signatures of those who stand by it (C2SP's signed-note):
//
//   the text, lines                                    each ended by a line feed
//                                                      an empty line
//   — example.com/log Uw2QOkn8srV1yJGh2VYRlL1T...=     name, base64(key id 4 | signature 64)

// The public key that a verifier knows: "example.com/log+530d903a+AekyeRrm56hA...=", its name, its id, and
// base64(0x01 for Ed25519 | key 32).
struct VerifierKey {
  std::string name;
  std::string key;  // 32 bytes

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};
std::string to_text(const VerifierKey& key);
// Nothing for what is no such key, or has another id than its own.
std::optional<VerifierKey> parse_verifier_key(std::string_view text);

// `text` is not empty and ends with a line feed.
std::string sign_note(const std::string& text, const std::string& name, const SigningKey& key);

// The note's text, when that key has signed it; other keys' signatures are passed over.
std::optional<std::string> open_note(std::string_view note, const VerifierKey& key);
// The note's text without a look at who has signed it; nothing for what is no note.
std::optional<std::string> text_of_note(std::string_view note);

}  // namespace usermeta
