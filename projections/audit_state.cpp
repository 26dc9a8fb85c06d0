#include "projections/audit_state.hpp"

#include <algorithm>

#include "proof/signed_note.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr const char* kWayOut =
    " (audit.checkpoint in the data directory: take that file away and start again if this is meant to be)";

constexpr PgStatement kGiveAuditLock{"audit_give_lock", "SELECT pg_advisory_unlock_all()"};

// The newest checkpoint, of a tree that is still the one that was signed.
asio::awaitable<Checkpoint> open_newest(PgPipeline& pipeline, const SigningKey& key,
                                        const std::string& origin, const std::string& note) {
  const auto text = text_of_note(note);
  const auto checkpoint = text ? parse_checkpoint(*text) : std::nullopt;
  if (!checkpoint) throw StandsStill("the newest checkpoint is damaged");
  if (checkpoint->origin != origin)
    throw StandsStill("the log is " + origin + ", but the newest checkpoint is of " + checkpoint->origin);
  if (!open_note(note, {origin, key.public_key()})) {
    co_await query(pipeline, kGiveAuditLock, {});
    throw StandsStill(
        "checkpoints are signed with another key than this process has: give it that one "
        "(--audit-key)");
  }
  const TiledTree tree = co_await audit_tree(pipeline, checkpoint->size);
  if (tree.root() != checkpoint->root)
    throw StandsStill("the tree that is kept is not the one that was signed up to" +
                      at_position(checkpoint->size));
  co_return *checkpoint;
}

// A tree that is shorter is compared when it has grown so far.
asio::awaitable<void> check_seen(PgPipeline& pipeline, const Checkpoint& seen, const std::string& origin,
                                 std::uint64_t size) {
  if (origin != seen.origin) throw StandsStill("the log is " + origin + but_seen(seen));
  if (size < seen.size) co_return;
  const TiledTree tree = co_await audit_tree(pipeline, seen.size);
  if (tree.root() != seen.root) throw StandsStill("the tree that is kept is another one" + but_seen(seen));
}

asio::awaitable<Digest> newest_leaf(PgPipeline& pipeline, std::uint64_t size) {
  const std::uint64_t place = size - 1;
  const TilePath last{0, place / kTileWidth, static_cast<unsigned>(place % kTileWidth + 1)};
  const auto hashes = co_await audit_tile(pipeline, last);
  if (!hashes) throw StandsStill("the tree has lost its last tile");
  co_return hash_in(*hashes, last.width - 1);
}

}  // namespace

asio::awaitable<std::optional<AuditState>> load_audit_state(PgPipeline& pipeline, const SigningKey& key,
                                                            const Checkpoint& seen) {
  const auto identity = co_await audit_identity(pipeline);
  // The note first: another process may be at work, and its tree only grows.
  const auto note = co_await newest_checkpoint(pipeline);
  const auto size = static_cast<std::uint64_t>(co_await audit_size(pipeline));
  const std::uint64_t had = std::max(size, seen.size);
  if (!identity && had == 0) co_return std::nullopt;
  if (!identity)
    throw StandsStill("the log has no event, but had " + std::to_string(had) +
                      (seen.size > 0 ? but_seen(seen) : ""));
  AuditState state{.identity = *identity, .note = note.value_or("")};
  if (note) state.newest = co_await open_newest(pipeline, key, identity->origin, *note);
  if (state.newest.size > size)
    throw StandsStill("the tree has " + std::to_string(size) + " events, but " +
                      std::to_string(state.newest.size) + " were signed");
  if (seen.size > 0 && seen != state.newest) co_await check_seen(pipeline, seen, identity->origin, size);
  state.tree = co_await audit_tree(pipeline, size);
  if (size > 0) state.last_leaf = co_await newest_leaf(pipeline, size);
  co_return state;
}

Checkpoint remembered_checkpoint(const std::string& note, const SigningKey& key) {
  if (note.empty()) return {};
  const auto checkpoint = parse_checkpoint(note);
  if (!checkpoint || !open_note(note, {checkpoint->origin, key.public_key()}))
    throw StandsStill(std::string("what was seen signed is damaged, or signed with another key than this "
                                  "process has: give it that one (--audit-key)") +
                      kWayOut);
  return *checkpoint;
}

std::string at_position(std::uint64_t position) {
  return " position " + std::to_string(position);
}

std::string but_seen(const Checkpoint& seen) {
  return ", but " + std::to_string(seen.size) + " of " + seen.origin + " were seen signed" + kWayOut;
}

}  // namespace usermeta
