#include "http/json_struct.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <boost/json/parse.hpp>

#include "events/json_string.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;
using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

// Up to here every whole number is a double of its own.
constexpr double kLargestWhole = 9007199254740992;

void append_value(const Value& value, std::string& out);

void append_number(double number, std::string& out) {
  if (!std::isfinite(number)) throw std::logic_error("no JSON for a number that is none");
  char digits[32];
  const bool whole = std::trunc(number) == number && std::abs(number) <= kLargestWhole;
  const auto end = whole ? std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(number))
                         : std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

void append_list(const ListValue& list, std::string& out) {
  out += '[';
  for (int i = 0; i < list.values_size(); ++i) {
    if (i > 0) out += ',';
    append_value(list.values(i), out);
  }
  out += ']';
}

void append_value(const Value& value, std::string& out) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return append_number(value.number_value(), out);
    case Value::kStringValue:
      return append_json_string(out, value.string_value());
    case Value::kBoolValue:
      out += value.bool_value() ? "true" : "false";
      return;
    case Value::kStructValue:
      return append_struct(value.struct_value(), out);
    case Value::kListValue:
      return append_list(value.list_value(), out);
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      out += "null";
  }
}

void set_struct(const json::object& from, Struct& into);

void set_value(const json::value& from, Value& into) {
  switch (from.kind()) {
    case json::kind::null:
      return into.set_null_value(google::protobuf::NULL_VALUE);
    case json::kind::bool_:
      return into.set_bool_value(from.get_bool());
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return into.set_number_value(from.to_number<double>());
    case json::kind::string:
      return into.set_string_value(from.get_string().data(), from.get_string().size());
    case json::kind::array:
      into.mutable_list_value();
      for (const json::value& element : from.get_array())
        set_value(element, *into.mutable_list_value()->add_values());
      return;
    case json::kind::object:
      return set_struct(from.get_object(), *into.mutable_struct_value());
  }
}

void set_struct(const json::object& from, Struct& into) {
  for (const auto& member : from) set_value(member.value(), (*into.mutable_fields())[member.key()]);
}

}  // namespace

void append_struct(const Struct& object, std::string& out) {
  std::vector<const std::string*> names;
  for (const auto& [name, value] : object.fields()) names.push_back(&name);
  std::ranges::sort(names, {}, [](const std::string* name) -> const std::string& { return *name; });
  char separator = '{';
  for (const std::string* name : names) {
    out += separator;
    separator = ',';
    append_json_string(out, *name);
    out += ':';
    append_value(object.fields().at(*name), out);
  }
  if (separator == '{') out += '{';
  out += '}';
}

bool parse_struct(std::string_view text, Struct& into) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return false;
  into.Clear();
  set_struct(value.get_object(), into);
  return true;
}

}  // namespace usermeta
