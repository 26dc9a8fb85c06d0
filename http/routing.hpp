#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/endpoints.hpp"
#include "http/message.hpp"
#include "http/wire_format.hpp"
#include "proof/tiles.hpp"

namespace usermeta {

// Where a request's path leads to.
enum class Place : std::uint8_t {
  nowhere,
  preflight,  // a browser asks before it asks (see http/cors)
  health_check,
  health_watch,  // streamed, as the next one is
  reflection,
  follow,        // usermeta.v1.EventsService/Follow, the same
  event_stream,  // a live endpoint's, in server-sent events: streamed over HTTP/1.1 as well
  healthz,
  ready,
  metrics,
  status,
  openapi,
  audit_checkpoint,  // see http/audit_calls
  audit_tile,
  audit_entries,
  call,  // one of endpoints()
};

// Whether the path is one of /debug/*.
bool is_debug(Place place);

// Whether the path is one of the transparency log's.
bool is_audit(Place place);

// What a request asks for, by its header.
struct Asked {
  std::string_view path;  // of the request's target
  Place place = Place::nowhere;
  bool procedure = false;  // the path is /package.Service/Method
  Route route;
  const WireFormat* format = nullptr;  // null: none that a procedure takes
  std::optional<TilePath> tile = {};   // of the transparency log, when it leads there
};

// `request` must outlive the result.
Asked read_header(const HttpRequest& request);

// The answer that the header alone decides: the path, the method or the format is none of ours, or the body
// says that it is too long. Nothing when the body is wanted.
std::optional<HttpResponse> answer_header_of(const Asked& asked, const HttpRequest& request);

// Whether it is a call of gRPC's whose messages come and go while it lasts; only HTTP/2 can have it.
bool is_streamed(const Asked& asked);
// The answer to a streamed call that came some other way.
HttpResponse not_streamed(const WireFormat& format);

}  // namespace usermeta
