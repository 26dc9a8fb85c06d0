#include "commands/limits.hpp"
#include "http/api_details.hpp"

namespace usermeta {
namespace {

std::optional<Refusal> read_listing(const v2::ListUserMetadataRequest& request, UserMetadataListing& into) {
  if (const auto refusal = check_user_id(request.user_id())) return refusal;
  into.user_id = request.user_id();
  for (const auto& filter : request.filters()) {
    const int method = filter.key_filter().method();
    if (!filter.has_key_filter() || method < 0 || method > 7) return Refusal::query_form;
    const std::string& key = filter.key_filter().key();
    if (!key.empty() && check_key(key)) return Refusal::query_form;
    into.queries.push_back({key, method});
  }
  const auto& pagination = request.pagination();
  if (pagination.limit() > kMostListed) return Refusal::page_limit_v2;
  into.limit = pagination.limit() == 0 ? kUsuallyListed : pagination.limit();
  into.offset = pagination.offset();
  into.order = pagination.asc() ? UserMetadataOrder::oldest_first : UserMetadataOrder::newest_first;
  return std::nullopt;
}

}  // namespace

// v2 names no organisation: it is the user's own, known once the user is.
Api::Answer<v2::SetUserMetadataResponse> Api::set_v2(const CallInfo& call,
                                                     v2::SetUserMetadataRequest request) {
  const auto caller = co_await callers_.authenticate(call);
  if (const auto* refusal = std::get_if<Refusal>(&caller)) co_return *refusal;
  BulkSetUserMetadata bulk{request.user_id(), {}};
  for (auto& entry : *request.mutable_metadata())
    bulk.entries.push_back({std::move(*entry.mutable_key()), Value(std::move(*entry.mutable_value()))});
  Command asked = std::move(bulk);
  const auto& user = std::get<Caller>(caller);
  const Outcome outcome = co_await decide(call, std::move(asked), user.user_id, std::string(),
                                          callers_.allowed_on_user(user, Permission::user_write));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  v2::SetUserMetadataResponse response;
  set_timestamp(*response.mutable_set_date(), std::get<Done>(outcome).details.changed_at);
  co_return response;
}

Api::Answer<v2::ListUserMetadataResponse> Api::list_v2(const CallInfo& call,
                                                       v2::ListUserMetadataRequest request) {
  const auto caller = co_await callers_.authenticate(call);
  if (const auto* refusal = std::get_if<Refusal>(&caller)) co_return *refusal;
  const auto scope = callers_.scope(std::get<Caller>(caller), Permission::user_read);
  if (!scope.any_role) co_return Refusal::no_role;
  UserMetadataListing listing;
  if (const auto refusal = read_listing(request, listing)) co_return *refusal;
  listing.everywhere = scope.everywhere;
  listing.orgs = scope.orgs;
  const std::uint32_t limit = listing.limit;
  if (call.read_after)
    if (const auto late = co_await wait_for(call)) co_return *late;
  UserMetadataPage page = co_await queries_.list(std::move(listing));
  v2::ListUserMetadataResponse response;
  response.mutable_pagination()->set_total_result(page.total);
  response.mutable_pagination()->set_applied_limit(limit);
  for (UserMetadataRow& row : page.rows) {
    auto& metadata = *response.add_metadata();
    set_timestamp(*metadata.mutable_creation_date(), row.created_at);
    set_timestamp(*metadata.mutable_change_date(), row.changed_at);
    metadata.set_key(std::move(row.key));
    metadata.set_value(std::move(row.value));
  }
  co_return response;
}

Api::Answer<v2::DeleteUserMetadataResponse> Api::delete_v2(const CallInfo& call,
                                                           v2::DeleteUserMetadataRequest request) {
  const auto caller = co_await callers_.authenticate(call);
  if (const auto* refusal = std::get_if<Refusal>(&caller)) co_return *refusal;
  Command asked = BulkRemoveUserMetadata{request.user_id(), {request.keys().begin(), request.keys().end()}};
  const auto& user = std::get<Caller>(caller);
  const Outcome outcome = co_await decide(call, std::move(asked), user.user_id, std::string(),
                                          callers_.allowed_on_user(user, Permission::user_write));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  v2::DeleteUserMetadataResponse response;
  set_timestamp(*response.mutable_deletion_date(), std::get<Done>(outcome).details.changed_at);
  co_return response;
}

}  // namespace usermeta
