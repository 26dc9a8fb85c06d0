#include "http/openapi_responses.hpp"

#include <map>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "http/failure.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;

json::object failure_content() {
  return {{"schema", json::object{{"$ref", "#/components/schemas/Failure"}}}};
}

json::object failed(std::string_view description, const Failure& example) {
  json::object content = failure_content();
  content["example"] = json::parse(failure_as_json(example));
  return {{"description", description}, {"content", json::object{{"application/json", std::move(content)}}}};
}

json::object text_header(std::string_view description) {
  return {{"description", description}, {"schema", json::object{{"type", "string"}}}};
}

json::object shared(std::string_view name) {
  return {{"$ref", "#/components/responses/" + std::string(name)}};
}

// One status's failures.
struct Group {
  std::string description;
  json::object examples;

  void add(std::string name, const Failure& failure) {
    description += (description.empty() ? "" : "; ") + failure.message;
    if (!failure.id.empty()) description += " (" + failure.id + ")";
    if (name.empty()) name = "rule-" + std::to_string(examples.size() + 1);
    examples[name] = json::object{{"value", json::parse(failure_as_json(failure))}};
  }
};

}  // namespace

json::object openapi_failures(const CallText& call, std::string_view path, bool takes_body) {
  json::object responses;
  if (!call.needs.empty()) {
    std::map<unsigned, Group> groups;
    groups[400].add("malformed", {kInvalidArgument, {}, "the body, the path or the query is malformed"});
    const auto add = [&](Refusal refusal) {
      const Failure failure = failure_of(refusal);
      groups[http_status_of(failure.code)].add(failure.id, failure);
    };
    if (!is_v2(path))
      for (const Refusal refusal : {Refusal::org_unknown, Refusal::no_role, Refusal::permission_missing})
        add(refusal);
    for (const Refusal refusal : call.refusals) add(refusal);
    for (auto& [status, group] : groups) {
      json::object content = failure_content();
      content["examples"] = std::move(group.examples);
      responses[std::to_string(status)] =
          json::object{{"description", group.description},
                       {"content", json::object{{"application/json", std::move(content)}}}};
    }
    responses["401"] = shared("Unauthenticated");
    responses["429"] = shared("TooMuch");
    responses["503"] = shared("Unavailable");
  }
  if (takes_body) responses["413"] = shared("TooLarge");
  return responses;
}

json::object openapi_shared_failures() {
  json::object unauthenticated = failed("no valid token: " + failure_of(Refusal::no_token).message + "; " +
                                            failure_of(Refusal::token_malformed).message + " (AUTH-toLo1); " +
                                            failure_of(Refusal::token_unknown).message + " (AUTH-7fs1e)",
                                        failure_of(Refusal::token_unknown));
  unauthenticated["headers"] = json::object{{"WWW-Authenticate", text_header("Bearer")}};
  json::object too_much = failed("more work than the service takes on: nothing was changed, try again",
                                 {kResourceExhausted, {}, "too many commands are waiting"});
  json::object unavailable = failed("the service cannot do this now, and a change may have been made or not",
                                    {kUnavailable, {}, "the service cannot do this now: try again"});
  for (json::object* response : {&too_much, &unavailable})
    (*response)["headers"] = json::object{{"Retry-After", text_header("seconds to wait")}};
  return {{"Unauthenticated", std::move(unauthenticated)},
          {"TooLarge", failed("the body is over 4 MiB", {kResourceExhausted, {}, "the body is too large"})},
          {"TooMuch", std::move(too_much)},
          {"Unavailable", std::move(unavailable)}};
}

json::object openapi_failure_schema() {
  const json::object text{{"type", "string"}};
  const json::object detail{
      {"type", "object"},
      {"required", json::array{"@type", "id", "message"}},
      {"properties",
       json::object{{"@type", json::object{{"const", "type.googleapis.com/zitadel.v1.ErrorDetail"}}},
                    {"id", text},
                    {"message", text}}}};
  return {{"type", "object"},
          {"description",
           "Why a call has no answer. `code` is a google.rpc.Code; `details` is there when the "
           "rule that says no has an id, which is then also in `message`."},
          {"required", json::array{"code", "message"}},
          {"properties",
           json::object{{"code", json::object{{"type", "integer"}, {"minimum", 1}, {"maximum", 16}}},
                        {"message", text},
                        {"details", json::object{{"type", "array"}, {"minItems", 1}, {"items", detail}}}}},
          {"examples", json::array{json::parse(failure_as_json(failure_of(Refusal::user_unknown))),
                                   json::parse(failure_as_json(failure_of(Refusal::key_length)))}}};
}

}  // namespace usermeta
