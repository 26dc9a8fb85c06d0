#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "events/event.hpp"
#include "events/time.hpp"

namespace usermeta {

// A place in the log: 1, 2, 3 ... without gaps, in commit order. 0 is before the first event.
using Position = std::int64_t;
// A place in an aggregate's own stream: 1, 2, 3 ... without gaps.
using Sequence = std::int64_t;
// Random bytes of one event; the tamper-proof log holds SHA-256(salt, payload). As a 128-bit random number it
// also names the event, so that a lost answer's batch is recognised and a head is told from another of the
// same position.
using Salt = std::array<std::byte, 16>;

// What is left of the salt of an event whose value was erased: nothing that leads back to it, and still a
// name of the event.
Salt salt_of_erased(const Salt& salt);

// What auditors ask about the request behind an event. Empty where it is not known.
struct Origin {
  std::string request_id;   // x-request-id
  std::string traceparent;  // W3C Trace Context
  std::string address;      // the client's
};

// An event that is about to be appended.
struct NewEvent {
  AggregateId aggregate;
  Sequence sequence = 0;
  std::string owner;    // organisation
  std::string creator;  // user id of the caller
  Event event;
  Salt salt{};
  Origin origin;
};

// An event as the log keeps it.
struct Recorded {
  Position position = 0;
  AggregateId aggregate{};
  Sequence sequence = 0;
  std::string type;
  int revision = 0;
  Time created_at{};
  std::string creator;
  std::string owner;
  std::string payload;
  Salt salt{};
  Origin origin;
};

inline Event decode(const Recorded& recorded) {
  return decode_payload(recorded.type, recorded.revision, recorded.payload);
}

}  // namespace usermeta
