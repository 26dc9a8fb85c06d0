#include <algorithm>

#include "commands/limits.hpp"
#include "events/moment.hpp"
#include "http/api.hpp"
#include "http/api_details.hpp"
#include "projections/history_queries.hpp"

namespace usermeta {
namespace {

std::optional<Refusal> read_limit(std::uint32_t asked, std::uint32_t& limit) {
  if (asked > kMostListed) return Refusal::history_limit;
  limit = asked == 0 ? kUsuallyListed : asked;
  return std::nullopt;
}

std::optional<Refusal> check_any_key(const std::string& key) {
  return key.empty() ? std::nullopt : check_key(key);
}

// Beyond the log's end, like every position that it never had: there is nothing.
Sequence sequence_of(std::uint64_t cursor) {
  return static_cast<Sequence>(std::min<std::uint64_t>(cursor, INT64_MAX));
}

void set_value(v1::PastValue& into, PastValue value) {
  into.set_value(std::move(value.bytes));
  into.set_erased(value.erased);
}

void set_change(v1::Change& into, Change change) {
  into.set_position(static_cast<std::uint64_t>(change.position));
  into.set_sequence(static_cast<std::uint64_t>(change.sequence));
  set_timestamp(*into.mutable_created_at(), change.created_at);
  into.set_type(std::move(change.type));
  into.set_creator(std::move(change.creator));
  into.set_creator_name(std::move(change.creator_name));
  into.set_request_id(std::move(change.origin.request_id));
  into.set_traceparent(std::move(change.origin.traceparent));
  into.set_client_address(std::move(change.origin.address));
  into.set_key(std::move(change.key));
  if (change.before) set_value(*into.mutable_old_value(), *std::move(change.before));
  if (change.after) set_value(*into.mutable_new_value(), *std::move(change.after));
}

void set_metadata(v1::PastMetadata& into, PastMetadata row) {
  into.set_key(std::move(row.key));
  into.set_value(std::move(row.value.bytes));
  into.set_erased(row.value.erased);
  into.set_position(static_cast<std::uint64_t>(row.position));
  into.set_sequence(static_cast<std::uint64_t>(row.sequence));
  set_timestamp(*into.mutable_changed_at(), row.changed_at);
  into.set_creator(std::move(row.creator));
}

}  // namespace

Api::Answer<v1::ListHistoryResponse> Api::list_history(const CallInfo& call, v1::ListHistoryRequest request) {
  auto permitted = co_await callers_.authorise(call, Permission::user_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto refusal = check_user_id(request.id())) co_return *refusal;
  if (const auto refusal = check_any_key(request.key())) co_return *refusal;
  HistoryListing listing{.user_id = request.id(), .org = std::get<Permitted>(permitted).org};
  if (const auto refusal = read_limit(request.limit(), listing.limit)) co_return *refusal;
  if (const auto late = co_await wait_for(call)) co_return *late;
  listing.key = request.key();
  listing.newest_first = request.newest_first();
  listing.cursor = sequence_of(request.cursor());
  auto page = co_await history_.history(std::move(listing));
  if (!page) co_return Refusal::user_not_found;
  v1::ListHistoryResponse response;
  for (Change& change : page->changes) set_change(*response.add_changes(), std::move(change));
  response.set_next(static_cast<std::uint64_t>(page->next));
  response.set_end(page->end);
  co_return response;
}

boost::asio::awaitable<std::variant<Position, Refusal>> Api::position_at(const CallInfo& call,
                                                                         const std::string& at) {
  const auto moment = at.empty() ? Moment(Position{INT64_MAX}) : parse_moment(at);
  if (!moment) co_return Refusal::moment_form;
  if (const auto late = co_await wait_for(call)) co_return *late;
  const Position position = co_await history_.position_at(*moment);
  call.rests_on(position);
  co_return position;
}

Api::Answer<v1::GetMetadataAtResponse> Api::get_metadata_at(const CallInfo& call,
                                                            v1::GetMetadataAtRequest request) {
  auto permitted = co_await callers_.authorise(call, Permission::user_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto refusal = check_user_id(request.id())) co_return *refusal;
  if (const auto refusal = check_key(request.key())) co_return *refusal;
  const auto found = co_await position_at(call, request.at());
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return *refusal;
  const Position position = std::get<Position>(found);
  auto row =
      co_await history_.get_at(position, request.id(), std::get<Permitted>(permitted).org, request.key());
  if (!row) co_return Refusal::metadata_not_found;
  v1::GetMetadataAtResponse response;
  response.set_position(static_cast<std::uint64_t>(position));
  set_metadata(*response.mutable_metadata(), *std::move(row));
  co_return response;
}

Api::Answer<v1::ListMetadataAtResponse> Api::list_metadata_at(const CallInfo& call,
                                                              v1::ListMetadataAtRequest request) {
  auto permitted = co_await callers_.authorise(call, Permission::user_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto refusal = check_user_id(request.id())) co_return *refusal;
  if (const auto refusal = check_any_key(request.after())) co_return *refusal;
  PastListing listing{
      .user_id = request.id(), .org = std::get<Permitted>(permitted).org, .after = request.after()};
  if (const auto refusal = read_limit(request.limit(), listing.limit)) co_return *refusal;
  const auto found = co_await position_at(call, request.at());
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return *refusal;
  const Position position = std::get<Position>(found);
  auto page = co_await history_.list_at(position, std::move(listing));
  if (!page) co_return Refusal::user_not_found;
  v1::ListMetadataAtResponse response;
  response.set_position(static_cast<std::uint64_t>(position));
  response.set_next(page->rows.empty() ? request.after() : page->rows.back().key);
  response.set_end(page->end);
  for (PastMetadata& row : page->rows) set_metadata(*response.add_metadata(), std::move(row));
  co_return response;
}

Api::Answer<v1::EraseValuesResponse> Api::erase_values(const CallInfo& call, v1::EraseValuesRequest request) {
  if (request.has_key() && request.key().empty()) co_return Refusal::key_length;
  Command asked = EraseMetadataValues{request.id(), request.key()};
  const Outcome outcome = co_await command(call, Permission::user_delete, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  const Position position = std::get<Done>(outcome).position;
  // However long it takes: it goes on by itself.
  const auto patience =
      std::chrono::ceil<std::chrono::milliseconds>(call.deadline - std::chrono::steady_clock::now());
  const std::int64_t erased = co_await eraser_.carried_out(position, patience);
  v1::EraseValuesResponse response;
  response.set_position(static_cast<std::uint64_t>(position));
  response.set_erased(static_cast<std::uint64_t>(erased));
  co_return response;
}

}  // namespace usermeta
