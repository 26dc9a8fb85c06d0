#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace usermeta {

// Which trace a request belongs to (W3C Trace Context, section 3.2):
//
//   00 - 0af7651916cd43dd8448eb211c80319c - b7ad6b7169203331 - 01      (without the blanks)
//   version     trace-id, not all zero        parent-id, not     flags  all in lower-case hexadecimal digits
//                                             all zero
//
// A higher version may have more behind its flags, which is not looked at.

// The field's value in the form of version 00, or "" when it is malformed and so has to be ignored. Of a
// higher version's flags only `sampled` is kept: nobody knows what the others mean.
std::string read_traceparent(std::string_view value);

// That of a request's header; "" without one, and when there are several.
std::string traceparent_of(const Fields& fields);

}  // namespace usermeta
