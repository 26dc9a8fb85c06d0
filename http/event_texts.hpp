#pragma once

#include <string_view>

namespace usermeta {

// What an event, or an aggregate, of that type is in plain English; empty for a type that is not known.
std::string_view event_type_text(std::string_view type);
std::string_view aggregate_type_text(std::string_view type);

}  // namespace usermeta
