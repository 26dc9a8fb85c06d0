#include "http/routing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "http/openapi.hpp"
#include "http/server_sent_events.hpp"
#include "http/target.hpp"
#include "http/unserved.hpp"

namespace usermeta {
namespace {

struct OwnPath {
  std::string_view path;
  Place place;
};

// What is neither in endpoints() nor in their .proto files.
constexpr std::array kOwnPaths{
    OwnPath{"/debug/healthz", Place::healthz},
    OwnPath{"/debug/ready", Place::ready},
    OwnPath{"/debug/metrics", Place::metrics},
    OwnPath{"/debug/status", Place::status},
    OwnPath{kOpenapiPath, Place::openapi},
    OwnPath{"/audit/checkpoint", Place::audit_checkpoint},
    OwnPath{"/grpc.health.v1.Health/Check", Place::health_check},
    OwnPath{"/grpc.health.v1.Health/Watch", Place::health_watch},
    OwnPath{"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Place::reflection},
    OwnPath{"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Place::reflection},
    OwnPath{"/usermeta.v1.EventsService/Follow", Place::follow},
};

// The tile that a path of the transparency log names.
std::optional<TilePath> tile_of(std::string_view path) {
  constexpr std::string_view kPrefix = "/audit/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  return parse_tile_path(path.substr(kPrefix.size()));
}

// Whether it asks for a live endpoint's events as they come.
bool wants_events(const Route& route, const HttpRequest& request) {
  if (!route.endpoint || !route.endpoint->live || request.method != "GET") return false;
  for (const auto& [name, value] : request.fields)
    if (name == "accept" && accepts_event_stream(value)) return true;
  return false;
}

std::optional<HttpResponse> unrouted(const Asked& asked, const HttpRequest& request) {
  if (asked.procedure) return unserved_procedure(asked.format, asked.place != Place::nowhere, request);
  if (asked.place == Place::call || asked.place == Place::event_stream) return std::nullopt;
  const WireFormat& format = *asked.format;
  if (asked.place == Place::nowhere)
    return asked.route.allow.empty() ? unknown_path(format)
                                     : wrong_method(format, request, asked.route.allow);
  if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
  return wrong_method(format, request, "GET, HEAD");
}

}  // namespace

bool is_debug(Place place) {
  return place == Place::healthz || place == Place::ready || place == Place::metrics ||
         place == Place::status;
}

bool is_audit(Place place) {
  return place == Place::audit_checkpoint || place == Place::audit_tile || place == Place::audit_entries;
}

Asked read_header(const HttpRequest& request) {
  Asked asked;
  asked.path = split_target(request.target).path;
  asked.procedure = is_procedure_path(asked.path);
  if (asked.procedure) {
    asked.route.endpoint = find_procedure(asked.path);
    asked.format = procedure_format(request.fields.find("content-type"));
  } else {
    asked.route = find_route(request.method, asked.path);
    asked.format = &rest_format(request);
    asked.tile = tile_of(asked.path);
  }
  const auto own = std::ranges::find(kOwnPaths, asked.path, &OwnPath::path);
  if (!asked.procedure && wants_events(asked.route, request))
    asked.place = Place::event_stream;
  else if (asked.route.endpoint)
    asked.place = Place::call;
  else if (own != kOwnPaths.end())
    asked.place = own->place;
  else if (asked.tile)
    asked.place = asked.tile->level ? Place::audit_tile : Place::audit_entries;
  return asked;
}

std::optional<HttpResponse> answer_header_of(const Asked& asked, const HttpRequest& request) {
  auto response = unrouted(asked, request);
  if (response) return response;
  const std::string_view said = request.fields.find("content-length").value_or(std::string_view());
  std::size_t length = 0;
  const auto read = std::from_chars(said.data(), said.data() + said.size(), length);
  if (read.ec == std::errc::result_out_of_range) length = std::numeric_limits<std::size_t>::max();
  return too_long(*asked.format, length);
}

bool is_streamed(const Asked& asked) {
  return asked.place == Place::health_watch || asked.place == Place::reflection ||
         asked.place == Place::follow;
}

HttpResponse not_streamed(const WireFormat& format) {
  return write_failure(format, {kUnimplemented, {}, "this procedure wants gRPC over HTTP/2"});
}

}  // namespace usermeta
