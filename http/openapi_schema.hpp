#pragma once

#include <string>

#include <boost/json/object.hpp>
#include <google/protobuf/descriptor.h>

namespace usermeta {

// The messages' JSON (see json_codec.hpp) as schemas (JSON Schema 2020-12, as OpenAPI 3.1 has it). What is
// taken is more than what is given, so a message that is both in a request and in an answer would need two:
// that throws std::logic_error.
class SchemaCollection {
 public:
  enum class Direction { request, answer };

  // The schema of one message by its name in components/schemas. `path`: the endpoint's; what its
  // placeholders set is left out.
  boost::json::object message(const google::protobuf::Descriptor& type, Direction direction,
                              std::string_view path = {});
  // One of a request's fields, as it stands in a path or a query.
  boost::json::object parameter(const google::protobuf::FieldDescriptor& field);

  // All that were asked for, and what they consist of.
  boost::json::object schemas() && { return std::move(schemas_); }

 private:
  boost::json::object value(const google::protobuf::FieldDescriptor& field, Direction direction);
  boost::json::object request_value(const google::protobuf::FieldDescriptor& field);

  boost::json::object schemas_;
  boost::json::object directions_;  // by the schema's name
};

}  // namespace usermeta
