#include "http/read_message.hpp"

#include <string>
#include <utility>

#include <google/protobuf/descriptor.h>

#include "http/target.hpp"

namespace usermeta {
namespace {

using google::protobuf::Message;

// Sets or, for a repeated field, adds to the text field of that name; other names are passed over.
void set_text(Message& message, std::string_view name, std::string text) {
  // Quicker than to look a name up: a message has a handful of fields.
  const auto& type = *message.GetDescriptor();
  int i = 0;
  while (i < type.field_count() && type.field(i)->name() != name) ++i;
  if (i == type.field_count()) return;
  const auto* field = type.field(i);
  if (field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) return;
  const auto* reflection = message.GetReflection();
  if (field->is_repeated())
    reflection->AddString(&message, field, std::move(text));
  else
    reflection->SetString(&message, field, std::move(text));
}

}  // namespace

std::optional<Failure> read_message(const WireFormat& format, const Route& route, const HttpRequest& request,
                                    Message& message) {
  // Whatever their REST path has, procedures and gRPC take all from the body.
  const Source source = format.protocol == Protocol::rest ? route.endpoint->source : Source::body;
  if (source == Source::body) {
    if (auto wrong = read_body(format, request, message)) return wrong;
  } else if (source == Source::query) {
    auto pairs = parse_query(split_target(request.target).query);
    if (!pairs) return Failure{kInvalidArgument, {}, "the query has a bad escape or is not UTF-8"};
    for (auto& [name, value] : *pairs) set_text(message, name, std::move(value));
  }
  for (const auto& [name, segment] : route.placeholders) {
    auto text = percent_decode(segment);
    if (!text) return Failure{kInvalidArgument, {}, "the path has a bad escape or is not UTF-8"};
    set_text(message, name, std::move(*text));
  }
  return std::nullopt;
}

}  // namespace usermeta
