#include "http/cors.hpp"

namespace usermeta {
namespace {

constexpr std::string_view kMethods = "OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE";
constexpr std::string_view kHeaders =
    "Origin, Content-Type, Accept, Accept-Language, Authorization, X-Zitadel-Orgid, X-User-Agent, X-Grpc-Web,"
    " X-Requested-With, Connect-Protocol-Version, Connect-Timeout-Ms, Grpc-Timeout, Grpc-Encoding, "
    "Grpc-Accept-Encoding, Content-Encoding, X-Request-Id, Traceparent, Last-Event-ID, "
    "X-Usermeta-Position";
constexpr std::string_view kExposed =
    "Location, Content-Length, Content-Encoding, Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, "
    "Grpc-Encoding, Grpc-Accept-Encoding, X-Request-Id, X-Usermeta-Position";

}  // namespace

std::optional<HttpResponse> answer_preflight(const HttpRequest& request) {
  if (request.method != "OPTIONS" || !request.fields.find("origin")) return std::nullopt;
  if (!request.fields.find("access-control-request-method")) return std::nullopt;
  HttpResponse response;
  response.status = 204;
  allow_origin(request, response);
  response.fields.add("access-control-allow-methods", kMethods);
  response.fields.add("access-control-allow-headers", kHeaders);
  response.fields.add("access-control-max-age", "600");
  return response;
}

void allow_origin(const HttpRequest& request, HttpResponse& response) {
  const auto origin = request.fields.find("origin");
  if (!origin) return;
  response.fields.add("access-control-allow-origin", *origin);
  response.fields.add("access-control-allow-credentials", "true");
  response.fields.add("access-control-expose-headers", kExposed);
  response.fields.add("vary", "Origin");
}

}  // namespace usermeta
