#pragma once

#include <string>
#include <string_view>

namespace usermeta {

// Appends `text` (UTF-8) as a JSON string with its quotes (RFC 8259 section 7): escapes what must be escaped,
// leaves every other character as it is.
void append_json_string(std::string& out, std::string_view text);

}  // namespace usermeta
