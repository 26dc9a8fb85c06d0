#pragma once

#include <string>
#include <string_view>

namespace usermeta {

// A target in absolute form (RFC 9112 section 3.2.2) without its scheme and authority; any other as it is.
std::string origin_form(std::string_view target);

// Whether the header's first line ends in a well-formed HTTP version (RFC 9112 section 2.3), whatever it is.
bool names_a_version(std::string_view header);

// Whether that line is a request of another protocol, made like HTTP: "OPTIONS * RTSP/1.0". A last word that
// begins with H is taken for an attempt at HTTP.
bool names_another_protocol(std::string_view header);

}  // namespace usermeta
