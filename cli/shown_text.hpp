#pragma once

#include <string>
#include <string_view>

namespace usermeta {

// A text from outside as a terminal may have it: cut when it is long, and only its length when it would do
// anything to the terminal or is not UTF-8.
std::string shown(std::string_view text);

}  // namespace usermeta
