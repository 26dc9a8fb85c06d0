#include "commands/limits.hpp"
#include "http/api_details.hpp"
#include "zitadel/metadata.pb.h"

namespace usermeta {
namespace {

using google::protobuf::RepeatedPtrField;

// Looks for a key must name one and a known method (a query without either is none).
std::optional<Refusal> read_queries(const RepeatedPtrField<zitadel::metadata::v1::MetadataQuery>& queries,
                                    std::vector<KeyQuery>& into) {
  for (const auto& query : queries) {
    const int method = query.key_query().method();
    if (!query.has_key_query() || method < 0 || method > 7) return Refusal::query_form;
    const std::string& key = query.key_query().key();
    if (!key.empty() && check_key(key)) return Refusal::query_form;
    into.push_back({key, method});
  }
  return std::nullopt;
}

void set_metadata(zitadel::metadata::v1::Metadata& into, UserMetadataRow row) {
  auto& details = *into.mutable_details();
  details.set_sequence(static_cast<std::uint64_t>(row.sequence));
  set_timestamp(*details.mutable_creation_date(), row.created_at);
  set_timestamp(*details.mutable_change_date(), row.changed_at);
  details.set_resource_owner(std::move(row.owner));
  into.set_key(std::move(row.key));
  into.set_value(std::move(row.value));
}

}  // namespace

Api::Answer<management::SetUserMetadataResponse> Api::set(const CallInfo& call,
                                                          management::SetUserMetadataRequest request) {
  auto setting = command(
      call, Permission::user_write,
      SetUserMetadata{request.id(),
                      {std::move(*request.mutable_key()), Value(std::move(*request.mutable_value()))}});
  const Outcome outcome = co_await std::move(setting);
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  management::SetUserMetadataResponse response;
  response.set_id(std::move(*request.mutable_id()));
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::both);
  co_return response;
}

Api::Answer<management::BulkSetUserMetadataResponse> Api::bulk_set(
    const CallInfo& call, management::BulkSetUserMetadataRequest request) {
  BulkSetUserMetadata bulk{request.id(), {}};
  for (auto& entry : *request.mutable_metadata())
    bulk.entries.push_back({std::move(*entry.mutable_key()), Value(std::move(*entry.mutable_value()))});
  Command asked = std::move(bulk);
  co_return co_await change<management::BulkSetUserMetadataResponse>(call, Permission::user_write,
                                                                     std::move(asked));
}

Api::Answer<management::ListUserMetadataResponse> Api::list(const CallInfo& call,
                                                            management::ListUserMetadataRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::user_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto refusal = check_user_id(request.id())) co_return *refusal;
  UserMetadataListing listing;
  if (const auto refusal = read_queries(request.queries(), listing.queries)) co_return *refusal;
  listing.user_id = request.id();
  listing.orgs.push_back(std::get<Permitted>(permitted).org);
  listing.offset = request.query().offset();
  const std::uint32_t limit = request.query().limit();
  listing.limit = limit == 0 || limit > kMostListed ? kMostListed : limit;
  if (call.read_after)
    if (const auto late = co_await wait_for(call)) co_return *late;
  UserMetadataPage page = co_await queries_.list(std::move(listing));
  management::ListUserMetadataResponse response;
  response.mutable_details()->set_total_result(page.total);
  set_timestamp(*response.mutable_details()->mutable_view_timestamp(), current_time());
  for (UserMetadataRow& row : page.rows) set_metadata(*response.add_result(), std::move(row));
  co_return response;
}

Api::Answer<management::GetUserMetadataResponse> Api::get(const CallInfo& call,
                                                          management::GetUserMetadataRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::user_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto refusal = check_user_id(request.id())) co_return *refusal;
  if (const auto refusal = check_key(request.key())) co_return *refusal;
  if (call.read_after)
    if (const auto late = co_await wait_for(call)) co_return *late;
  auto row = co_await queries_.get(request.id(), request.key(), std::get<Permitted>(permitted).org);
  if (!row) co_return Refusal::metadata_not_found;
  management::GetUserMetadataResponse response;
  set_metadata(*response.mutable_metadata(), *std::move(row));
  co_return response;
}

Api::Answer<management::RemoveUserMetadataResponse> Api::remove(
    const CallInfo& call, management::RemoveUserMetadataRequest request) {
  Command asked = RemoveUserMetadata{request.id(), request.key()};
  co_return co_await change<management::RemoveUserMetadataResponse>(call, Permission::user_write,
                                                                    std::move(asked));
}

Api::Answer<management::BulkRemoveUserMetadataResponse> Api::bulk_remove(
    const CallInfo& call, management::BulkRemoveUserMetadataRequest request) {
  Command asked = BulkRemoveUserMetadata{request.id(), {request.keys().begin(), request.keys().end()}};
  co_return co_await change<management::BulkRemoveUserMetadataResponse>(call, Permission::user_write,
                                                                        std::move(asked));
}

Api::Answer<management::HealthzResponse> Api::healthz(const CallInfo&, management::HealthzRequest) {
  co_return management::HealthzResponse();
}

}  // namespace usermeta
