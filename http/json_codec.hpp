#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

namespace usermeta {

// Messages as JSON by the proto3 mapping (protobuf.dev, "ProtoJSON Format"), and stricter where that leaves a
// choice. Both functions work on generated messages by reflection, and on what our .proto files use: no maps,
// no floating point, no well-known type but Timestamp. A message with one of those throws std::logic_error.
// Struct, and Any when its type is compiled in, can be written, and not read.
// Callable from any thread; a message is only touched by the call that it is given to.

// Why a text is no such message. `what` names the member and the byte, and never repeats anything of the
// text.
struct Malformed {
  std::string what;
};

// Fills `into` (emptied first) from a JSON object; what is in it after a refusal is unspecified.
//
// - Members go by their camelCase or their original name; one that is unknown is passed over, whatever it
// holds.
// - A text that is empty or only white space is the empty message. null leaves a member unset, and is refused
//   as an element of an array.
// - Refused: anything but one object of standard JSON in UTF-8; more than 100 levels, or than kMostParts
//   values; a member given twice, by whichever names, or two of one oneof; a value of the wrong type or out
//   of range.
// - Integers of all widths: numbers or strings, also as 1.0 or 1e2. Enums: a name, or any 32-bit number.
// Bytes:
//   events/base64.hpp. Timestamps: timestamp_text.hpp.
//
// One thing is stricter than it should be: a number whose exponent does not fit 32 bits is refused even where
// it is passed over.
std::optional<Malformed> decode_json(std::string_view text, google::protobuf::Message& into);

// The message as one line: camelCase names, zero fields left out, 64-bit integers as strings, enums by name
// (by number when they have none), bytes in standard padded base64. Strings must be UTF-8, and are only
// escaped where JSON requires it. Throws std::out_of_range for a Timestamp that has no text. The message's
// type must live as long as the thread does, as one that was generated does.
std::string encode_json(const google::protobuf::Message& message);

}  // namespace usermeta
