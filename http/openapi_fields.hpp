#pragma once

#include <cstddef>
#include <string_view>

#include <google/protobuf/descriptor.h>

namespace usermeta {

// What the rules ask of a request's field, which its descriptor does not know.
struct FieldRule {
  std::string_view field;  // its name, after its message's where that matters: "Phone.phone"
  bool required = false;
  std::size_t least = 0;  // code points, bytes, elements, by its type; of a number the least
  std::size_t most = 0;   // 0: no limit but the body's
  std::string_view form =
      {};  // text only: "email" (a format), or a pattern (ECMA-262); NUL is out in any case
};

// A rule that asks nothing when there is none. Any thread.
FieldRule field_rule(const google::protobuf::FieldDescriptor& field);
// The same for each element of a repeated field.
FieldRule element_rule(const google::protobuf::FieldDescriptor& field);

}  // namespace usermeta
