#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/api.hpp"
#include "zitadel/object.pb.h"

namespace usermeta {

// Without the white space around it; a text of nothing else stays as it is, for the rule on blank ones to
// see.
std::string trimmed(std::string_view text);

// Where a list's limit is not given.
inline constexpr std::uint32_t kUsuallyListed = 100;

// How dates and details look in messages.

void set_timestamp(google::protobuf::Timestamp& into, Time time);
// None: it is no timestamp (http/timestamp_text), which JSON cannot say and a binary message can.
std::optional<Time> time_of(const google::protobuf::Timestamp& timestamp);

enum class Dates { creation, change, both };
void set_details(zitadel::v1::ObjectDetails& into, const Details& details, Dates dates);

template <class Response>
Api::Answer<Response> Api::change(const CallInfo& call, Permission permission, Command asked) {
  const Outcome outcome = co_await command(call, permission, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) co_return *refusal;
  Response response;
  set_details(*response.mutable_details(), std::get<Done>(outcome).details, Dates::change);
  co_return response;
}

}  // namespace usermeta
