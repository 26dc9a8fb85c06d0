#pragma once

#include <optional>
#include <string>

#include <google/protobuf/repeated_ptr_field.h>
#include <google/protobuf/struct.pb.h>

#include "commands/refusal.hpp"
#include "projections/event_queries.hpp"
#include "usermeta/v1/events.pb.h"

namespace usermeta {

// So many types may be asked for.
inline constexpr int kMostTypes = 30;

// The event as clients see it. Throws UnreadableEvent when its payload is no JSON object.
void set_event(v1::Event& into, Recorded event);

// Its payload alone: as it is stored, but that nobody gets to see a token's hash.
void set_payload(google::protobuf::Struct& into, const Recorded& event);

// What a list, or a follower, asks for; the first thing that is wrong with it.
std::optional<Refusal> read_event_filter(const google::protobuf::RepeatedPtrField<std::string>& types,
                                         const std::string& user, const std::string& org, EventFilter& into);

// What is beyond all positions stays so.
Position position_of(std::uint64_t number);

}  // namespace usermeta
