#include "http/openapi_schema.hpp"

#include <stdexcept>

#include <boost/json/array.hpp>

#include "http/json_scalar.hpp"
#include "http/openapi_fields.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::string_view kNoNul = "^[^\\u0000]*$";
// RFC 4648 section 4 or 5 as events/base64.hpp reads it, but that both alphabets may not be in one text.
constexpr std::string_view kBase64 = "^([A-Za-z0-9+/_-]{4})*([A-Za-z0-9+/_-]{2}(==)?|[A-Za-z0-9+/_-]{3}=?)?$";
constexpr std::string_view kNumberText = "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$";

bool is_struct(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_STRUCT;
}

bool is_wide(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

bool is_unsigned(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

std::string integer_format(const FieldDescriptor& field) {
  return std::string(is_unsigned(field) ? "uint" : "int") + (is_wide(field) ? "64" : "32");
}

json::object text_schema(const FieldRule& rule) {
  json::object schema{{"type", "string"}};
  if (rule.least) schema["minLength"] = rule.least;
  if (rule.most) schema["maxLength"] = rule.most;
  if (rule.form == "email")
    schema["format"] = "email";
  else if (!rule.form.empty())
    schema["pattern"] = rule.form;
  else if (rule.most)
    schema["pattern"] = kNoNul;
  return schema;
}

// The lengths of the text follow from those of the bytes: four characters for three, two or three for a rest.
json::object bytes_schema(const FieldRule& rule) {
  json::object schema{{"type", "string"}, {"contentEncoding", "base64"}, {"pattern", kBase64}};
  if (rule.least) schema["minLength"] = (rule.least * 4 + 2) / 3;
  if (rule.most) schema["maxLength"] = (rule.most + 2) / 3 * 4;
  if (rule.most) schema["description"] = "at most " + std::to_string(rule.most) + " bytes once decoded";
  return schema;
}

json::object number_schema(const FieldDescriptor& field, const FieldRule& rule) {
  json::object schema{{"type", json::array{"integer", "string"}},
                      {"format", integer_format(field)},
                      {"pattern", kNumberText}};
  if (is_unsigned(field)) schema["minimum"] = rule.least;
  if (rule.most) schema["maximum"] = rule.most;
  return schema;
}

json::object enum_schema(const FieldDescriptor& field, SchemaCollection::Direction direction) {
  json::array names;
  json::array numbers;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    names.emplace_back(field.enum_type()->value(i)->name());
    numbers.emplace_back(field.enum_type()->value(i)->number());
  }
  if (direction == SchemaCollection::Direction::request)
    names.insert(names.end(), numbers.begin(), numbers.end());
  return {{"enum", std::move(names)}};
}

json::object answer_scalar(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", integer_format(field)}};
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "string"}, {"format", integer_format(field)}, {"pattern", "^-?[0-9]+$"}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return enum_schema(field, SchemaCollection::Direction::answer);
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return bytes_schema({});
      return {{"type", "string"}};
    default:
      throw std::logic_error("no schema for the field " + field.full_name());
  }
}

json::object request_scalar(const FieldDescriptor& field, const FieldRule& rule) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return number_schema(field, rule);
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return enum_schema(field, SchemaCollection::Direction::request);
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? bytes_schema(rule) : text_schema(rule);
    default:
      throw std::logic_error("no schema for the field " + field.full_name());
  }
}

// null leaves a member unset.
json::object or_null(json::object schema) {
  if (auto* names = schema.if_contains("enum")) {
    names->as_array().emplace_back(nullptr);
  } else if (auto* type = schema.if_contains("type")) {
    json::array types = type->is_array() ? type->as_array() : json::array{*type};
    types.emplace_back("null");
    *type = std::move(types);
  } else {
    return {{"anyOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
  }
  return schema;
}

}  // namespace

json::object SchemaCollection::value(const FieldDescriptor& field, Direction direction) {
  if (is_timestamp(field)) return {{"type", "string"}, {"format", "date-time"}};
  if (is_struct(field)) return {{"type", "object"}};
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return message(*field.message_type(), direction);
  if (direction == Direction::answer) return answer_scalar(field);
  // What a rule says of a repeated field is about how many elements it has.
  return request_scalar(field, field.is_repeated() ? element_rule(field) : field_rule(field));
}

json::object SchemaCollection::parameter(const FieldDescriptor& field) {
  return request_value(field);
}

json::object SchemaCollection::request_value(const FieldDescriptor& field) {
  json::object schema = value(field, Direction::request);
  if (!field.is_repeated()) return schema;
  json::object list{{"type", "array"}, {"items", std::move(schema)}};
  if (const std::size_t least = field_rule(field).least) list["minItems"] = least;
  return list;
}

json::object SchemaCollection::message(const Descriptor& type, Direction direction, std::string_view path) {
  const std::string& name = type.full_name();
  json::object reference{{"$ref", "#/components/schemas/" + name}};
  const bool asked = direction == Direction::request;
  if (const auto* known = directions_.if_contains(name)) {
    if (known->as_bool() != asked) throw std::logic_error(name + " is in requests and in answers");
    return reference;
  }
  directions_[name] = asked;
  schemas_[name] = nullptr;  // its place in the order is before its parts
  json::object members;
  json::array required;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (path.find('{' + field.name() + '}') != std::string_view::npos) continue;
    json::object schema;
    if (!asked) {
      schema = value(field, direction);
      if (field.is_repeated()) schema = {{"type", "array"}, {"items", std::move(schema)}};
    } else if (field_rule(field).required) {
      schema = request_value(field);
      required.emplace_back(field.json_name());
    } else {
      schema = or_null(request_value(field));
    }
    members[field.json_name()] = std::move(schema);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(members)}};
  if (!required.empty()) schema["required"] = std::move(required);
  schemas_[name] = std::move(schema);
  return reference;
}

}  // namespace usermeta
