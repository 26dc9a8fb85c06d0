#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/struct.pb.h>

namespace usermeta {

// Appends a Struct as the JSON object that it stands for (ProtoJSON), its members in the order of their
// names: in memory they have none. Whole numbers are written without a fraction. Throws std::logic_error for
// what JSON has no number for.
void append_struct(const google::protobuf::Struct& object, std::string& out);

// Reads an object of standard JSON; false, and `into` unspecified, for any other text.
bool parse_struct(std::string_view text, google::protobuf::Struct& into);

}  // namespace usermeta
