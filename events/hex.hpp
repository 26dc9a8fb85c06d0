#pragma once

#include <string>
#include <string_view>

namespace usermeta {

// Two digits a byte, lower-case.
std::string to_hex(std::string_view bytes);

}  // namespace usermeta
