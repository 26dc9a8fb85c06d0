#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "projections/audit_log.hpp"
#include "proof/checkpoint.hpp"
#include "proof/signing_key.hpp"

namespace usermeta {

// The transparency log is not what was signed, or cannot go on: no waiting mends that, somebody has to look
// at it.
class StandsStill : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a projector goes on from.
struct AuditState {
  AuditIdentity identity;
  Checkpoint newest = {};  // that was signed; of size 0 when none was
  std::string note = {};   // which says so
  TiledTree tree = {};
  Digest last_leaf{};  // the tree's newest
};

// Reads it, once it is found to be what was signed: by the newest checkpoint, and by the newest that was seen
// here (of size 0: none), for whoever can write to the database can make another tree and forget what was
// signed of this one. A tree that is shorter than `seen` is not compared with it. Nothing for a log that
// never had an event. Throws StandsStill, and Outage. When another key has signed, the session's advisory
// locks are given up, for a process that has it.
boost::asio::awaitable<std::optional<AuditState>> load_audit_state(PgPipeline& pipeline,
                                                                   const SigningKey& key,
                                                                   const Checkpoint& seen);

// What was seen signed, from the note that was kept of it; of size 0 when that is empty. Throws StandsStill
// when it is damaged or another key's.
Checkpoint remembered_checkpoint(const std::string& note, const SigningKey& key);

// " position 4711"
std::string at_position(std::uint64_t position);
// ", but 4711 of LOG were seen signed (...)"
std::string but_seen(const Checkpoint& seen);

}  // namespace usermeta
