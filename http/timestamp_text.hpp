#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

namespace usermeta {

// A Timestamp as text: RFC 3339, as ProtoJSON narrows it. Plain functions, callable from any thread.

// Whether it is one: an instant in the years 0001 to 9999, with nanoseconds from 0 to 999999999.
bool is_timestamp(const google::protobuf::Timestamp& instant);

// Reads `2025-03-25T09:53:35.832Z`: upper-case T and Z (or an offset +hh:mm, -hh:mm), at most nine digits of
// fraction, no leap second, and an instant in the years 0001 to 9999. False, and `into` untouched, otherwise.
bool parse_timestamp(std::string_view text, google::protobuf::Timestamp& into);

// Appends the instant in UTC with 0, 3, 6 or 9 digits of fraction, as few as lose nothing, and Z.
// Throws std::out_of_range for what is none.
void append_timestamp(const google::protobuf::Timestamp& instant, std::string& out);

}  // namespace usermeta
