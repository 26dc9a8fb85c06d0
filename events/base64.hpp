#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usermeta {

// RFC 4648 section 4: the standard alphabet, padded.
std::string to_base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);

// RFC 4648 section 4 or 5: the standard or the URL alphabet (not both in one text), padded to a multiple of
// four or not padded at all. Nothing for any other text. Bits behind the last whole byte may hold anything.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace usermeta
