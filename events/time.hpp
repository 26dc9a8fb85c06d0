#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace usermeta {

// UTC with the precision that PostgreSQL keeps.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

// The system clock's.
Time current_time();

// Whether it is in the years 1 to 9999: RFC 3339 has no others.
bool has_rfc3339(Time time);

// RFC 3339 in UTC ("2025-03-25T09:53:35.832Z"), with 0, 3 or 6 digits of the second's fraction as needed.
// For a time that has one.
std::string to_rfc3339(Time time);

// RFC 3339 with any offset and any number of digits (those past microseconds are dropped), years 1 to 9999.
std::optional<Time> from_rfc3339(std::string_view text);

}  // namespace usermeta
