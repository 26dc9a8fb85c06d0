#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace usermeta {

// One JSON scalar into one field: what each proto3 type accepts (ProtoJSON). A repeated field gets another
// element, any other is set. Plain functions, callable from any thread.
//
// Each put function returns null, or what the field wants in place of what came ("must be a string"): a text
// that lives as long as the program. All throw std::logic_error for a type that json_codec.hpp does not know.

// An integer of up to 64 bits and a sign, before it is known how wide its field is.
struct WholeNumber {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

// The value of a number in JSON's grammar (RFC 8259, section 6) if it is whole, however it is written
// (10, 10.0, 1e1), and fits; nothing for any other text. Exact, unlike a double.
std::optional<WholeNumber> parse_whole_number(std::string_view text);

const char* put_text(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                     std::string_view text);
const char* put_number(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                       WholeNumber number);
const char* put_bool(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                     bool value);

// What the field wants: the put functions' refusal for a value of the wrong type.
const char* wanted(const google::protobuf::FieldDescriptor& field);

bool is_timestamp(const google::protobuf::FieldDescriptor& field);

// Whether the field holds a message that is an object in JSON too (a Timestamp is text there).
bool is_object(const google::protobuf::FieldDescriptor& field);

}  // namespace usermeta
