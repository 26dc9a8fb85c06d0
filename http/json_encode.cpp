#include <charconv>
#include <concepts>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include "events/base64.hpp"
#include "events/json_string.hpp"
#include "http/json_codec.hpp"
#include "http/json_struct.hpp"
#include "http/timestamp_text.hpp"

namespace usermeta {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Most answers are shorter.
constexpr std::size_t usual_bytes = 256;

// What is asked of a message's type for each message of it.
struct Plan {
  struct Member {
    const FieldDescriptor* field;
    std::string name;  // "name":
  };
  const Reflection* reflection = nullptr;
  std::vector<Member> members;
};

// Each thread plans a type once; there are as many as the .proto files have.
const Plan& plan_of(const Message& message) {
  thread_local std::unordered_map<const Descriptor*, Plan> plans;
  const Descriptor* const type = message.GetDescriptor();
  Plan& plan = plans[type];
  if (plan.reflection != nullptr) return plan;
  for (int i = 0; i < type->field_count(); ++i)
    plan.members.push_back({type->field(i), '"' + type->field(i)->json_name() + "\":"});
  plan.reflection = message.GetReflection();
  return plan;
}

void append_message(const Message& message, std::string& out);
void append_any(const google::protobuf::Any& any, std::string& out);

void append_bytes(std::string_view bytes, std::string& out) {
  out += '"';
  append_base64(out, bytes);
  out += '"';
}

void append_number(std::integral auto number, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

// JSON numbers are doubles to many readers: 64 bits go as text.
void append_wide_number(std::integral auto number, std::string& out) {
  out += '"';
  append_number(number, out);
  out += '"';
}

void append_enum(const FieldDescriptor& field, int number, std::string& out) {
  if (const auto* value = field.enum_type()->FindValueByNumber(number)) {
    append_json_string(out, value->name());
  } else {
    append_number(number, out);
  }
}

void append_nested(const FieldDescriptor& field, const Message& message, std::string& out) {
  const auto kind = field.message_type()->well_known_type();
  if (kind == Descriptor::WELLKNOWNTYPE_ANY)
    return append_any(static_cast<const google::protobuf::Any&>(message), out);
  if (kind == Descriptor::WELLKNOWNTYPE_STRUCT)
    return append_struct(static_cast<const google::protobuf::Struct&>(message), out);
  if (kind != Descriptor::WELLKNOWNTYPE_TIMESTAMP) return append_message(message, out);
  out += '"';
  append_timestamp(static_cast<const google::protobuf::Timestamp&>(message), out);
  out += '"';
}

// The element at `index` of a repeated field; the field itself when there is no index.
void append_value(const Message& message, const Reflection& from, const FieldDescriptor& field,
                  std::optional<int> index, std::string& out) {
  const FieldDescriptor* f = &field;
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      append_number(index ? from.GetRepeatedInt32(message, f, *index) : from.GetInt32(message, f), out);
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      append_number(index ? from.GetRepeatedUInt32(message, f, *index) : from.GetUInt32(message, f), out);
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      append_wide_number(index ? from.GetRepeatedInt64(message, f, *index) : from.GetInt64(message, f), out);
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      append_wide_number(index ? from.GetRepeatedUInt64(message, f, *index) : from.GetUInt64(message, f),
                         out);
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      out += (index ? from.GetRepeatedBool(message, f, *index) : from.GetBool(message, f)) ? "true" : "false";
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      append_enum(field,
                  index ? from.GetRepeatedEnumValue(message, f, *index) : from.GetEnumValue(message, f), out);
      return;
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string& value = index ? from.GetRepeatedStringReference(message, f, *index, &scratch)
                                       : from.GetStringReference(message, f, &scratch);
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        append_bytes(value, out);
      } else {
        append_json_string(out, value);
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!field.is_map()) {
        append_nested(field,
                      index ? from.GetRepeatedMessage(message, f, *index) : from.GetMessage(message, f), out);
        return;
      }
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;
  }
  throw std::logic_error("no JSON for the field " + field.full_name());
}

void append_elements(const Message& message, const Reflection& from, const FieldDescriptor& field,
                     std::string& out) {
  out += '[';
  const int size = from.FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) out += ',';
    append_value(message, from, field, i, out);
  }
  out += ']';
}

bool is_set(const Message& message, const Reflection& from, const FieldDescriptor& field) {
  return field.is_repeated() ? from.FieldSize(message, &field) > 0 : from.HasField(message, &field);
}

// The members of a message, the first of them after `separator`; gives back what is before the next one.
char append_members(const Message& message, char separator, std::string& out) {
  const Plan& plan = plan_of(message);
  for (const auto& [field, name] : plan.members) {
    if (!is_set(message, *plan.reflection, *field)) continue;
    out += separator;
    separator = ',';
    out += name;
    if (field->is_repeated()) {
      append_elements(message, *plan.reflection, *field, out);
    } else {
      append_value(message, *plan.reflection, *field, std::nullopt, out);
    }
  }
  return separator;
}

void append_message(const Message& message, std::string& out) {
  if (append_members(message, '{', out) == '{') out += '{';
  out += '}';
}

// The message within, with its type before its members.
void append_any(const google::protobuf::Any& any, std::string& out) {
  const std::string& url = any.type_url();
  const Descriptor* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
      url.substr(url.rfind('/') + 1));
  if (!type || type->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED)
    throw std::logic_error("no JSON for an Any of the type " + url);
  const std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!message->ParseFromString(any.value())) throw std::logic_error("an Any is no " + url);
  out += "{\"@type\":";
  append_json_string(out, url);
  append_members(*message, ',', out);
  out += '}';
}

}  // namespace

std::string encode_json(const Message& message) {
  std::string out;
  out.reserve(usual_bytes);
  append_message(message, out);
  return out;
}

}  // namespace usermeta
