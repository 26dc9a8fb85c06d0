#include "http/api_details.hpp"

#include "commands/limits.hpp"
#include "http/timestamp_text.hpp"

namespace usermeta {

namespace asio = boost::asio;

namespace {

// What a call makes of the writer's answer; throws Outage when there is none.
std::variant<Done, Refusal> outcome_of(const CallInfo& call, usermeta::Answer answer) {
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return *refusal;
  if (std::holds_alternative<Unavailable>(answer))
    throw Outage(
        "the change could not be confirmed in time: it may have been made or not; look, or try again");
  call.rests_on(std::get<Done>(answer).position);
  return std::get<Done>(std::move(answer));
}

}  // namespace

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return std::string(text);
  return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

void set_timestamp(google::protobuf::Timestamp& into, Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  into.set_seconds(seconds.time_since_epoch().count());
  into.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1000));
}

std::optional<Time> time_of(const google::protobuf::Timestamp& timestamp) {
  if (!is_timestamp(timestamp)) return std::nullopt;
  return Time{std::chrono::seconds{timestamp.seconds()} +
              std::chrono::microseconds{timestamp.nanos() / 1000}};
}

void set_details(zitadel::v1::ObjectDetails& into, const Details& details, Dates dates) {
  into.set_sequence(static_cast<std::uint64_t>(details.sequence));
  if (dates != Dates::change) set_timestamp(*into.mutable_creation_date(), details.changed_at);
  if (dates != Dates::creation) set_timestamp(*into.mutable_change_date(), details.changed_at);
  into.set_resource_owner(details.owner);
}

asio::awaitable<Api::Outcome> Api::decide(const CallInfo& call, Command command, std::string creator,
                                          std::string org, Allowed allowed) {
  if (const auto refusal = check_limits(command)) co_return *refusal;
  // On its own: what a statement that awaits makes in passing is part of the coroutine until it has ended.
  auto answer = writer_.handle({std::move(command), std::move(org), std::move(creator), std::move(allowed),
                                call.origin, call.deadline});
  co_return outcome_of(call, co_await std::move(answer));
}

// Without decide(): a coroutine within a coroutine costs a piece of memory and two moves of the command.
asio::awaitable<Api::Outcome> Api::command(const CallInfo& call, Permission permission, Command command) {
  auto permitted = co_await callers_.authorise(call, permission);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto refusal = check_limits(command)) co_return *refusal;
  auto& [caller, org] = std::get<Permitted>(permitted);
  Allowed allowed = callers_.still_allowed(caller, permission);
  auto answer = writer_.handle({std::move(command), std::move(org), std::move(caller.user_id),
                                std::move(allowed), call.origin, call.deadline});
  co_return outcome_of(call, co_await std::move(answer));
}

asio::awaitable<std::optional<Refusal>> Api::wait_for(const CallInfo& call) {
  if (!call.read_after) co_return std::nullopt;
  const bool reached = co_await queries_.reached(*call.read_after);
  if (reached) co_return std::nullopt;
  co_return Refusal::position_not_reached;
}

}  // namespace usermeta
