#include "http/read_message.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "http/json_scalar.hpp"
#include "http/target.hpp"

namespace usermeta {
namespace {

using google::protobuf::Message;

const google::protobuf::FieldDescriptor* field_of(const Message& message, std::string_view name) {
  // Quicker than to look a name up: a message has a handful of fields.
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i)
    if (type.field(i)->name() == name) return type.field(i);
  return nullptr;
}

// Sets or, for a repeated field, adds to the text field of that name; other names are passed over.
void set_text(Message& message, std::string_view name, std::string text) {
  const auto* field = field_of(message, name);
  if (!field || field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) return;
  const auto* reflection = message.GetReflection();
  if (field->is_repeated())
    reflection->AddString(&message, field, std::move(text));
  else
    reflection->SetString(&message, field, std::move(text));
}

// So much of a name that is unknown is repeated.
constexpr std::size_t kLongestNamed = 50;

Failure wrong_parameter(std::string_view name, std::string_view what) {
  return {kInvalidArgument, {}, "the parameter " + std::string(name) + ' ' + std::string(what)};
}

// Fills the field from a parameter; what it must be when it cannot. In JSON no text is a boolean.
const char* put_parameter(Message& message, const google::protobuf::FieldDescriptor& field,
                          const std::string& value) {
  if (field.type() == google::protobuf::FieldDescriptor::TYPE_BOOL && (value == "true" || value == "false"))
    return put_bool(message, field, value == "true");
  return put_text(message, field, value);
}

// The message's fields from the pairs of the query, each a field of it, of its type, and not empty.
std::optional<Failure> read_parameters(const std::vector<std::pair<std::string, std::string>>& pairs,
                                       Message& message) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : pairs) {
    const auto* field = field_of(message, name);
    if (!field) {
      const bool shown = name.size() <= kLongestNamed;
      return wrong_parameter(shown ? "\"" + name + "\"" : std::string("with the long name"), "is unknown");
    }
    if (!seen.insert(name).second && !field->is_repeated()) return wrong_parameter(name, "is given twice");
    if (value.empty()) return wrong_parameter(name, "is empty");
    if (const char* wanted = put_parameter(message, *field, value)) return wrong_parameter(name, wanted);
  }
  return std::nullopt;
}

// What stands in a placeholder's place.
std::optional<Failure> read_placeholder(std::string_view name, std::string_view segment, Message& message) {
  auto text = percent_decode(segment);
  if (!text) return Failure{kInvalidArgument, {}, "the path has a bad escape or is not UTF-8"};
  const auto* field = field_of(message, name);
  if (!field || field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
    set_text(message, name, std::move(*text));
    return std::nullopt;
  }
  const char* wanted = put_text(message, *field, *text);
  if (!wanted) return std::nullopt;
  return Failure{kInvalidArgument, {}, "the path's " + std::string(name) + ' ' + wanted};
}

}  // namespace

std::optional<Failure> read_message(const WireFormat& format, const Route& route, const HttpRequest& request,
                                    Message& message) {
  // Whatever their REST path has, procedures and gRPC take all from the body.
  const Source source = format.protocol == Protocol::rest ? route.endpoint->source : Source::body;
  if (source == Source::body) {
    if (auto wrong = read_body(format, request, message)) return wrong;
  } else if (source == Source::query || source == Source::parameters) {
    auto pairs = parse_query(split_target(request.target).query);
    if (!pairs) return Failure{kInvalidArgument, {}, "the query has a bad escape or is not UTF-8"};
    if (source == Source::parameters) {
      if (auto wrong = read_parameters(*pairs, message)) return wrong;
    } else {
      for (auto& [name, value] : *pairs) set_text(message, name, std::move(value));
    }
  }
  for (const auto& [name, segment] : route.placeholders) {
    if (auto wrong = read_placeholder(name, segment, message)) return wrong;
  }
  return std::nullopt;
}

}  // namespace usermeta
