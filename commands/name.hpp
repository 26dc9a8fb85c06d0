#pragma once

#include <string>
#include <string_view>

#include "events/log.hpp"

namespace usermeta {

// The name as it is compared: every character in its simple lower case (Unicode, one to one).
std::string fold_name(std::string_view utf8);

// User names are unique over the instance, and so are organisation names.
Name user_name_claim(std::string_view user_name);
Name org_name_claim(std::string_view name);

}  // namespace usermeta
