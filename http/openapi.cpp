#include "http/openapi.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/descriptor.h>

#include "http/endpoints.hpp"
#include "http/openapi_audit.hpp"
#include "http/openapi_fields.hpp"
#include "http/openapi_responses.hpp"
#include "http/openapi_schema.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using Direction = SchemaCollection::Direction;

constexpr std::string_view kAbout =
    "The calls over HTTP with JSON. Bodies are read as proto3 JSON: members by their camelCase or their "
    "snake_case names, unknown ones are passed over, null is the same as nothing, 64-bit integers are "
    "numbers "
    "or strings, bytes are base64 of the standard or the URL alphabet. Answers leave out zero members, and "
    "have 64-bit integers as strings. Where GET is, HEAD is. A path takes other methods with 405, and what "
    "is no good HTTP is refused with 400, 408, 417, 431, 501 or 505, all as a Failure. Every answer has the "
    "header x-request-id. A change's answer has the header x-usermeta-position; a read that is sent it waits "
    "until it can see that position, for a while.";

// A call is found by its message: no two calls share one.
const MethodDescriptor& method_of(const Descriptor& request) {
  for (int i = 0; i < request.file()->service_count(); ++i) {
    const auto& service = *request.file()->service(i);
    for (int j = 0; j < service.method_count(); ++j)
      if (service.method(j)->input_type() == &request) return *service.method(j);
  }
  throw std::logic_error("no call has the message " + request.full_name());
}

constexpr std::string_view kExampleId = "163840776835432705";

// The full name without "zitadel.", where it begins so.
std::string_view short_name(const std::string& full_name) {
  constexpr std::string_view kTheirs = "zitadel.";
  const std::string_view name(full_name);
  return name.starts_with(kTheirs) ? name.substr(kTheirs.size()) : name;
}

// What a parameter may be.
json::value example_of(const FieldDescriptor& field) {
  if (field.name() == "keys") return json::array{"greeting", "team"};
  if (field.name() == "type") return json::array{"user.metadata.set", "user.metadata.removed"};
  if (field.name() == "key") return "greeting";
  if (field.name() == "at") return "2025-03-25T10:00:00Z";
  if (field.name() == "newest_first") return true;
  if (field.name() == "cursor") return "2";
  if (field.full_name() == "usermeta.v1.ListMetadataAtRequest.after") return "greeting";
  if (field.name() == "limit") return 100;
  if (field.name() == "position" || field.name() == "after") return "4711";
  return json::string(kExampleId);
}

// As in management_v1_SetUserMetadata: packages have calls of the same name.
std::string operation_id(const MethodDescriptor& method) {
  std::string id(short_name(method.file()->package()));
  std::ranges::replace(id, '.', '_');
  return id + '_' + method.name();
}

bool is_in_path(const Endpoint& endpoint, const FieldDescriptor& field) {
  return endpoint.path.find('{' + field.name() + '}') != std::string_view::npos;
}

json::array parameters(const Endpoint& endpoint, const Descriptor& request, bool with_token,
                       SchemaCollection& schemas) {
  json::array all;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor& field = *request.field(i);
    const bool in_path = is_in_path(endpoint, field);
    const bool in_query = endpoint.source == Source::query || endpoint.source == Source::parameters;
    if (!in_path && !in_query) continue;
    json::object parameter{{"name", field.name()},
                           {"in", in_path ? "path" : "query"},
                           {"required", in_path || field_rule(field).required},
                           {"schema", schemas.parameter(field)},
                           {"example", example_of(field)}};
    all.emplace_back(std::move(parameter));
  }
  if (with_token && !is_v2(endpoint.path))
    all.emplace_back(json::object{{"$ref", "#/components/parameters/Organisation"}});
  return all;
}

json::object json_content(json::object schema, std::string_view example) {
  return {
      {"application/json", json::object{{"schema", std::move(schema)}, {"example", json::parse(example)}}}};
}

bool has_required(const Endpoint& endpoint, const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i)
    if (!is_in_path(endpoint, *request.field(i)) && field_rule(*request.field(i)).required) return true;
  return false;
}

// Whether the call only reads, and so can be told which position it must have seen.
bool is_read(const CallText& call) {
  return std::ranges::find(call.refusals, Refusal::position_not_reached) != call.refusals.end();
}

json::object operation(const Endpoint& endpoint, SchemaCollection& schemas) {
  const MessagePtr message = endpoint.new_request();
  const Descriptor& request = *message->GetDescriptor();
  const MethodDescriptor& method = method_of(request);
  const CallText* text = find_call_text(short_name(method.full_name()));
  if (!text) throw std::logic_error("openapi_calls.cpp has nothing on " + method.full_name());
  const bool with_token = !text->needs.empty();
  const bool takes_body = endpoint.source == Source::body;

  json::object call{{"operationId", operation_id(method)},
                    {"summary", text->summary},
                    {"tags", json::array{short_name(method.service()->full_name())}}};
  if (with_token) call["description"] = "Needs " + std::string(text->needs) + '.';
  call["security"] = with_token ? json::array{json::object{{"bearer", json::array()}}} : json::array();
  call["parameters"] = parameters(endpoint, request, with_token, schemas);
  if (takes_body)
    call["requestBody"] = json::object{
        {"required", has_required(endpoint, request)},
        {"content",
         json_content(schemas.message(request, Direction::request, endpoint.path), text->request)}};
  json::object done{
      {"description", "done"},
      {"content", json_content(schemas.message(*method.output_type(), Direction::answer), text->answer)}};
  if (with_token && !is_read(*text))
    done["headers"] =
        json::object{{"x-usermeta-position", json::object{{"$ref", "#/components/headers/Position"}}}};
  json::object responses{{"200", std::move(done)}};
  for (auto& [status, response] : openapi_failures(*text, endpoint.path, takes_body))
    responses[status] = std::move(response);
  call["responses"] = std::move(responses);
  return call;
}

json::object probe(std::string_view id, std::string_view summary, json::object answer) {
  return {{"operationId", id},
          {"summary", summary},
          {"description", "With --debug-listen it is at that address instead."},
          {"tags", json::array{"debug"}},
          {"security", json::array()},
          {"responses",
           json::object{{"200", json::object{{"description", "yes"}, {"content", std::move(answer)}}}}}};
}

void add_probes(json::object& paths) {
  const json::object text{{"const", "ok"}};
  paths["/debug/healthz"] =
      json::object{{"get", probe("debug_healthz", "Whether the process lives",
                                 {{"text/plain", json::object{{"schema", text}, {"example", "ok"}}}})}};
  json::object ready = probe("debug_ready", "Whether calls can be served", json_content(text, "\"ok\""));
  ready["responses"].as_object()["503"] = json::object{{"$ref", "#/components/responses/Unavailable"}};
  paths["/debug/ready"] = json::object{{"get", std::move(ready)}};
  paths["/debug/metrics"] =
      json::object{{"get", probe("debug_metrics", "Where the time goes, in Prometheus' text format",
                                 {{"text/plain", json::object{{"schema", json::object{{"type", "string"}}},
                                                              {"example", "usermeta_log_position 5\n"}}}})}};
}

json::object components(SchemaCollection schemas) {
  json::object all = std::move(schemas).schemas();
  all["Failure"] = openapi_failure_schema();
  const json::object organisation{
      {"name", "x-zitadel-orgid"},
      {"in", "header"},
      {"required", false},
      {"description", "the organisation to act in; the caller's own when there is none"},
      {"schema", json::object{{"type", "string"}}},
      {"example", "163840776835366913"}};
  const json::object digits{{"type", "string"}, {"pattern", "^[0-9]{1,18}$"}};
  const json::object told{{"description", "the position of the log that the answer rests on"},
                          {"schema", digits}};
  return {{"schemas", std::move(all)},
          {"parameters", json::object{{"Organisation", organisation}}},
          {"headers", json::object{{"Position", told}}},
          {"responses", openapi_shared_failures()},
          {"securitySchemes",
           json::object{{"bearer", json::object{{"type", "http"},
                                                {"scheme", "bearer"},
                                                {"description", "a personal access token"}}}}}};
}

std::string made_document() {
  SchemaCollection schemas;
  json::object paths;
  for (const Endpoint& endpoint : endpoints()) {
    std::string method(endpoint.method);
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    json::value& path = paths[endpoint.path];
    if (!path.is_object()) path.emplace_object();
    path.as_object()[method] = operation(endpoint, schemas);
  }
  add_probes(paths);
  add_audit_paths(paths);
  const json::object document{
      {"openapi", "3.1.0"},
      {"info", json::object{{"title", "usermeta"}, {"version", USERMETA_VERSION}, {"description", kAbout}}},
      {"servers", json::array{json::object{{"url", "/"}}}},
      {"paths", std::move(paths)},
      {"components", components(std::move(schemas))}};
  return json::serialize(document);
}

}  // namespace

const std::string& openapi_document() {
  static const std::string document = made_document();
  return document;
}

}  // namespace usermeta
