#include "http/call_record.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace usermeta {
namespace {

// By Place, up to `call`.
constexpr std::array<std::string_view, static_cast<std::size_t>(Place::call)> kPlaces{
    "unrouted",
    "preflight",
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "usermeta.v1.EventsService/Follow",
    "usermeta/v1/events live",
    "debug/healthz",
    "debug/ready",
    "debug/metrics",
    "debug/status",
    "openapi.json",
    "audit/checkpoint",
    "audit/tile",
    "audit/tile/entries",
};

}  // namespace

std::span<const std::string> call_names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made(kPlaces.begin(), kPlaces.end());
    for (const Endpoint& endpoint : endpoints()) made.push_back(procedure_of(endpoint).substr(1));
    return made;
  }();
  return all;
}

std::size_t call_number(const Asked& asked) {
  if (asked.place != Place::call) return static_cast<std::size_t>(asked.place);
  return kPlaces.size() + static_cast<std::size_t>(asked.route.endpoint - endpoints().data());
}

}  // namespace usermeta
