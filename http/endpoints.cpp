#include "http/endpoints.hpp"

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
  return {method, path, source, &new_request<Function>, &run<Function>};
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
    call<&Api::admin_healthz>("GET", "/admin/v1/healthz", Source::path_only),
    call<&Api::list_v2>("POST", "/v2/users/{user_id}/metadata/search"),
    call<&Api::set_v2>("POST", "/v2/users/{user_id}/metadata"),
    call<&Api::delete_v2>("DELETE", "/v2/users/{user_id}/metadata", Source::query),
};

// Takes the next segment off a path, with the slash before it.
std::string_view take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

bool matches(std::string_view pattern, std::string_view path, Route& route) {
  route.placeholders.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view segment = take_segment(path);
    if (wanted.starts_with('{'))
      route.placeholders.emplace_back(wanted.substr(1, wanted.size() - 2), segment);
    else if (wanted != segment)
      return false;
  }
  return pattern.empty() && path.empty();
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
  const std::string_view service = take_segment(path);
  return service.find('.', 1) != std::string_view::npos && path.size() > 1 &&
         path.find('/', 1) == std::string_view::npos;
}

Route find_route(std::string_view method, std::string_view path) {
  Route route;
  if (!path.starts_with('/')) return route;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Endpoint& endpoint : kEndpoints) {
    if (!matches(endpoint.path, path, route)) continue;
    if (endpoint.method == wanted) {
      route.endpoint = &endpoint;
      route.allow.clear();
      return route;
    }
    if (route.allow.find(endpoint.method) != std::string::npos) continue;
    route.allow += (route.allow.empty() ? "" : ", ") + std::string(endpoint.method);
    if (endpoint.method == "GET") route.allow += ", HEAD";
  }
  route.placeholders.clear();
  return route;
}

}  // namespace usermeta
