#include "http/openapi_audit.hpp"

#include <string_view>

#include <boost/json/array.hpp>

#include "http/openapi_responses.hpp"

namespace usermeta {
namespace {

namespace json = boost::json;

constexpr std::string_view kNote =
    "usermeta.invalid/4f0c2b7a9d1e4c55b8a0f3d2c1e0a9b8\n1000\n"
    "NGxrnLicS3b6ydyyDNqG46AcCldBfBOQKOrNRTj96Vs=\n\n"
    "\u2014 usermeta.invalid/4f0c2b7a9d1e4c55b8a0f3d2c1e0a9b8 "
    "AvbBpTE0ixXUPkeGmRzE0eWEQnFoQLNlRyWB6h6uCNpXVshK"
    "AR51MHBIwu8CGQwiIy/h2W8PVlaepYebgNZxAsn0owM=\n";

json::object parameter(std::string_view name, std::string_view pattern, std::string_view about,
                       std::string_view example) {
  return {{"name", name},
          {"in", "path"},
          {"required", true},
          {"description", about},
          {"schema", json::object{{"type", "string"}, {"pattern", pattern}}},
          {"example", example}};
}

json::object index() {
  return parameter("index", "^[0-9]{3}$",
                   "in groups of three digits, all but the last after an x and before a slash, as in "
                   "x001/x234/067; behind it `.p/` and a width from 1 to 255 for one that is not whole",
                   "000");
}

json::object failure(std::string_view description) {
  return {{"description", description},
          {"content",
           json::object{{"application/json",
                         json::object{{"schema", json::object{{"$ref", "#/components/schemas/Failure"}}}}}}}};
}

json::object bytes(std::string_view description) {
  return {{"description", description},
          {"content", json::object{{"application/octet-stream", json::object{}}}}};
}

// One GET that needs no token.
json::object open_call(std::string_view id, std::string_view summary, json::object answer) {
  const json::object unavailable{{"$ref", "#/components/responses/Unavailable"}};
  return {
      {"operationId", id},
      {"summary", summary},
      {"tags", json::array{"audit"}},
      {"security", json::array()},
      {"responses",
       json::object{{"200", std::move(answer)}, {"404", failure("there is none")}, {"503", unavailable}}}};
}

json::object entries_call() {
  json::object call = open_call("audit_entries", "The transparency log's entries, 256 of them by their index",
                                bytes("each entry's length in 2 bytes, big-endian, and then the entry"));
  const CallText rules{
      .rpc = {}, .summary = {}, .needs = "events.read", .refusals = {}, .request = {}, .answer = {}};
  for (auto& [status, response] : openapi_failures(rules, "/audit/", false))
    call["responses"].as_object()[status] = std::move(response);
  call["description"] = "Needs events.read on the instance: the role IAM_OWNER or IAM_OWNER_VIEWER.";
  call["security"] = json::array{json::object{{"bearer", json::array()}}};
  call["parameters"] = json::array{index(), json::object{{"$ref", "#/components/parameters/Organisation"}}};
  return call;
}

}  // namespace

void add_audit_paths(json::object& paths) {
  const json::object note{
      {"text/plain", json::object{{"schema", json::object{{"type", "string"}}}, {"example", kNote}}}};
  paths["/audit/checkpoint"] = json::object{
      {"get", open_call("audit_checkpoint", "The transparency log's newest checkpoint (C2SP's tlog-tiles)",
                        {{"description", "a signed note"}, {"content", note}})}};
  json::object tile = open_call("audit_tile", "The transparency log's hashes, 256 of them by their index",
                                bytes("32 bytes for each hash"));
  tile["parameters"] = json::array{
      parameter("level", "^([0-9]|[1-5][0-9]|6[0-3])$", "0: the hashes of entries", "0"), index()};
  paths["/audit/tile/{level}/{index}"] = json::object{{"get", std::move(tile)}};
  paths["/audit/tile/entries/{index}"] = json::object{{"get", entries_call()}};
}

}  // namespace usermeta
