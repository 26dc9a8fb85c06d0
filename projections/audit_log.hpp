#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "proof/tiles.hpp"
#include "store/pg_pipeline.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {

// The transparency log as it is kept: the tables of store/migrations/0006_audit_log.sql. All on the
// pipeline's strand, on a session with kByEventIndex; the pipeline must outlive the calls. They throw Outage
// and UnreadableEvent.

// What is kept of the tree is not whole: no waiting mends that.
class DamagedTree : public Outage {
 public:
  using Outage::Outage;
};

// An event as its entry has it. The payload is left out; of one that was erased the hash is the one of what
// it was before.
struct AuditedEvent {
  Recorded event;
  Digest payload_hash{};
};

// The events after that position, oldest first, up to so many. Both of an event come from one snapshot: an
// erasure is in both or in neither.
boost::asio::awaitable<std::vector<AuditedEvent>> read_audited(PgPipeline& pipeline, Position after,
                                                               std::int64_t most);

// What the log's entries have as their source (see source_of), and its name; nothing while it has no event.
struct AuditIdentity {
  std::string instance;  // see instance_of
  std::string source;
  std::string origin;
};
boost::asio::awaitable<std::optional<AuditIdentity>> audit_identity(PgPipeline& pipeline);

// How many events are in the tree.
boost::asio::awaitable<std::int64_t> audit_size(PgPipeline& pipeline);

// The tree as it was when it had that size. Throws DamagedTree when it is not there any more.
boost::asio::awaitable<TiledTree> audit_tree(PgPipeline& pipeline, std::uint64_t size);

// The hashes of one tile, as far as the path asks; nothing when it has not so many.
boost::asio::awaitable<std::optional<std::string>> audit_tile(PgPipeline& pipeline, TilePath path);

// The root of the perfect subtree of 2^level leaves that begins with that one (from 0). Throws DamagedTree
// when the tree has it not.
boost::asio::awaitable<Digest> audit_subtree(PgPipeline& pipeline, std::uint64_t first, unsigned level);

// The newest checkpoint as a signed note; nothing when there is none yet.
boost::asio::awaitable<std::optional<std::string>> newest_checkpoint(PgPipeline& pipeline);

// Send, as parts of a transaction and without waiting: what has changed of the tree since it had `before`
// events, which fails the transaction when it has another number now; and a checkpoint.
void send_tree(PgTransaction& transaction, TiledTree& tree, std::uint64_t before);
void send_checkpoint(PgTransaction& transaction, std::uint64_t size, const std::string& note);

// The constraint that send_tree() violates then.
inline constexpr std::string_view kAuditMoved = "audit_log_size_check";

}  // namespace usermeta
