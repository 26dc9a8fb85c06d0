#include "http/endpoints.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include <google/protobuf/descriptor.h>

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Takes the types of a call apart: its function's message and answer.
template <class Function>
struct Signature;
template <class Response, class Request>
struct Signature<asio::awaitable<Result<Response>> (Api::*)(const CallInfo&, Request)> {
  using RequestType = Request;
  using ResponseType = Response;
};

template <auto Function>
MessagePtr new_request() {
  return std::make_unique<typename Signature<decltype(Function)>::RequestType>();
}

template <auto Function>
asio::awaitable<Result<MessagePtr>> run(Api& api, const CallInfo& call, MessagePtr request) {
  using Request = typename Signature<decltype(Function)>::RequestType;
  using Response = typename Signature<decltype(Function)>::ResponseType;
  auto answer = co_await (api.*Function)(call, std::move(static_cast<Request&>(*request)));
  if (const auto* refusal = std::get_if<Refusal>(&answer)) co_return *refusal;
  MessagePtr message = std::make_unique<Response>(std::get<Response>(std::move(answer)));
  co_return message;
}

template <auto Function>
constexpr Endpoint call(std::string_view method, std::string_view path, Source source = Source::body) {
  return {method, path, source, false, &new_request<Function>, &run<Function>};
}

// One that can be followed.
template <auto Function>
constexpr Endpoint live_call(std::string_view path) {
  return {"GET", path, Source::parameters, true, &new_request<Function>, &run<Function>};
}

constexpr std::array kEndpoints{
    call<&Api::bulk_set>("POST", "/management/v1/users/{id}/metadata/_bulk"),
    call<&Api::bulk_remove>("DELETE", "/management/v1/users/{id}/metadata/_bulk"),
    call<&Api::list>("POST", "/management/v1/users/{id}/metadata/_search"),
    call<&Api::set>("POST", "/management/v1/users/{id}/metadata/{key}"),
    call<&Api::get>("GET", "/management/v1/users/{id}/metadata/{key}", Source::path_only),
    call<&Api::remove>("DELETE", "/management/v1/users/{id}/metadata/{key}", Source::path_only),
    call<&Api::import_human>("POST", "/management/v1/users/human/_import"),
    call<&Api::add_human>("POST", "/management/v1/users/human"),
    call<&Api::add_machine>("POST", "/management/v1/users/machine"),
    call<&Api::deactivate>("POST", "/management/v1/users/{id}/_deactivate"),
    call<&Api::reactivate>("POST", "/management/v1/users/{id}/_reactivate"),
    call<&Api::lock>("POST", "/management/v1/users/{id}/_lock"),
    call<&Api::unlock>("POST", "/management/v1/users/{id}/_unlock"),
    call<&Api::remove_user>("DELETE", "/management/v1/users/{id}", Source::path_only),
    call<&Api::add_token>("POST", "/management/v1/users/{user_id}/pats"),
    call<&Api::remove_token>("DELETE", "/management/v1/users/{user_id}/pats/{token_id}", Source::path_only),
    call<&Api::add_org>("POST", "/management/v1/orgs"),
    call<&Api::add_member>("POST", "/management/v1/orgs/me/members"),
    call<&Api::remove_member>("DELETE", "/management/v1/orgs/me/members/{user_id}", Source::path_only),
    call<&Api::healthz>("GET", "/management/v1/healthz", Source::path_only),
    call<&Api::add_instance_member>("POST", "/admin/v1/members"),
    call<&Api::remove_instance_member>("DELETE", "/admin/v1/members/{user_id}", Source::path_only),
    call<&Api::search_events>("POST", "/admin/v1/events/_search"),
    call<&Api::admin_healthz>("GET", "/admin/v1/healthz", Source::path_only),
    live_call<&Api::list_events>("/usermeta/v1/events"),
    call<&Api::get_event>("GET", "/usermeta/v1/events/{position}", Source::path_only),
    call<&Api::list_history>("GET", "/usermeta/v1/users/{id}/history", Source::parameters),
    call<&Api::list_metadata_at>("GET", "/usermeta/v1/users/{id}/metadata", Source::parameters),
    call<&Api::erase_values>("POST", "/usermeta/v1/users/{id}/metadata/_erase"),
    call<&Api::get_metadata_at>("GET", "/usermeta/v1/users/{id}/metadata/{key}", Source::parameters),
    call<&Api::list_v2>("POST", "/v2/users/{user_id}/metadata/search"),
    call<&Api::set_v2>("POST", "/v2/users/{user_id}/metadata"),
    call<&Api::delete_v2>("DELETE", "/v2/users/{user_id}/metadata", Source::query),
};

// A path between its slashes.
struct Segments {
  static constexpr std::size_t kMost = 6;  // of any endpoint

  std::array<std::string_view, kMost> all;
  std::size_t count = 0;  // kMost + 1: there are too many
};

// `path` begins with a slash.
constexpr Segments split(std::string_view path) {
  Segments segments;
  while (!path.empty()) {
    if (segments.count == Segments::kMost) return {{}, Segments::kMost + 1};
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    segments.all[segments.count++] = segment;
    path.remove_prefix(segment.size());
  }
  return segments;
}

constexpr auto kPatterns = [] {
  std::array<Segments, kEndpoints.size()> patterns;
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = split(kEndpoints[i].path);
  return patterns;
}();
static_assert(std::ranges::all_of(kPatterns, [](const Segments& p) { return p.count <= Segments::kMost; }));

constexpr bool is_placeholder(std::string_view segment) {
  return segment.starts_with('{');
}

// Paths differ near their ends: these are compared first.
bool matches(const Segments& pattern, const Segments& path) {
  if (pattern.count != path.count) return false;
  for (std::size_t i = path.count; i-- > 0;)
    if (pattern.all[i] != path.all[i] && !is_placeholder(pattern.all[i])) return false;
  return true;
}

Placeholders placeholders(const Segments& pattern, const Segments& path) {
  Placeholders found;
  for (std::size_t i = 0; i < path.count; ++i) {
    const std::string_view name = pattern.all[i];
    if (is_placeholder(name)) found.add({name.substr(1, name.size() - 2), path.all[i]});
  }
  return found;
}

using Procedures = std::map<std::string, const Endpoint*, std::less<>>;

const Procedures& procedures() {
  static const Procedures all = [] {
    Procedures made;
    for (const Endpoint& endpoint : kEndpoints) made.emplace(procedure_of(endpoint), &endpoint);
    return made;
  }();
  return all;
}

}  // namespace

std::span<const Endpoint> endpoints() {
  return kEndpoints;
}

std::string procedure_of(const Endpoint& endpoint) {
  const MessagePtr request = endpoint.new_request();
  const auto* wanted = request->GetDescriptor();
  const auto* file = wanted->file();
  for (int i = 0; i < file->service_count(); ++i)
    for (int j = 0; j < file->service(i)->method_count(); ++j) {
      const auto* method = file->service(i)->method(j);
      if (method->input_type() == wanted) return "/" + method->service()->full_name() + "/" + method->name();
    }
  throw std::logic_error("no procedure takes " + wanted->full_name());
}

const Endpoint* find_procedure(std::string_view path) {
  const auto found = procedures().find(path);
  return found == procedures().end() ? nullptr : found->second;
}

bool is_procedure_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  const std::size_t slash = path.find('/', 1);
  if (slash == std::string_view::npos || slash + 1 == path.size()) return false;
  return path.substr(1, slash - 1).find('.', 1) != std::string_view::npos &&
         path.find('/', slash + 1) == std::string_view::npos;
}

Route find_route(std::string_view method, std::string_view path) {
  Route route;
  if (!path.starts_with('/')) return route;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const Segments segments = split(path);
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    if (!matches(kPatterns[i], segments)) continue;
    const Endpoint& endpoint = kEndpoints[i];
    if (endpoint.method == wanted) {
      route.endpoint = &endpoint;
      route.placeholders = placeholders(kPatterns[i], segments);
      route.allow.clear();
      return route;
    }
    if (route.allow.find(endpoint.method) != std::string::npos) continue;
    route.allow += (route.allow.empty() ? "" : ", ") + std::string(endpoint.method);
    if (endpoint.method == "GET") route.allow += ", HEAD";
  }
  return route;
}

}  // namespace usermeta
