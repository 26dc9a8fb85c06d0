#pragma once

#include <string>
#include <string_view>

#include "events/recorded.hpp"

namespace usermeta {

// SHA-256 of the salt and the payload's bytes, one after the other: what an entry has of a payload, and what
// is kept of one that was erased.
Digest payload_hash(const Salt& salt, std::string_view payload);

// What an entry says of an event beside its payload's hash. Points into the event.
struct Envelope {
  // NOLINTNEXTLINE(google-explicit-constructor): an event is its envelope and more
  Envelope(const Recorded& event);
  // Of an event that was appended at that position and time.
  Envelope(const NewEvent& event, Position position, Time created_at);

  Position position;
  const AggregateId& aggregate;
  Sequence sequence;
  std::string_view type;
  int revision;
  Time created_at;
  std::string_view creator, owner;
  const Origin& origin;
};

// The entry of an event in the transparency log: its attributes as CloudEvents (see events/cloud_event), the
// client's address and the payload's hash, and nothing of the payload, in the canonical form of RFC 8785:
//
//   {"aggregatetype":"user","clientaddress":"192.0.2.1","creator":"...","id":"4711","owner":"...",
//    "payloadsha256":"64 hexadecimal digits","requestid":"...","revision":"2","sequence":"12",
//    "source":"urn:usermeta:instance:...","specversion":"1.0","subject":"users/...","time":"...",
//    "traceparent":"...","type":"user.metadata.set"}
//
// in one line without blanks; members that are empty are left out. `source`: see source_of. Throws
// UnreadableEvent for an event whose entry would be longer than an entry may be, or whose date is outside the
// years that to_rfc3339 writes: no call can make one.
std::string audit_entry(const Envelope& event, std::string_view source, const Digest& payload_hash);

// Appends a text as RFC 8785 writes it.
void append_canonical(std::string& out, std::string_view text);

}  // namespace usermeta
