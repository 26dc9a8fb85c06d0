#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usermeta {

// The request target's path and query (RFC 9112 section 3.2.1), still percent-encoded.
struct Target {
  std::string_view path;
  std::string_view query;  // without the question mark
};
// An absolute target (http://host/path) is read as its path, an empty path as "/".
Target split_target(std::string_view target);

// The text behind percent-encoding (RFC 3986 section 2.1); nothing for a bad escape or for what is not UTF-8
// then.
std::optional<std::string> percent_decode(std::string_view text);

// The pairs of a query as HTML forms write it (+ for a space); nothing when one of them cannot be decoded.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

// RFC 3629.
bool is_utf8(std::string_view bytes);

}  // namespace usermeta
