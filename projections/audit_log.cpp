#include "projections/audit_log.hpp"

#include <cstring>

#include "events/cloud_event.hpp"
#include "proof/checkpoint.hpp"
#include "store/log_rows.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// The columns are those of USERMETA_EVENT_COLUMNS. The payload's hash is made there: values are long, and
// nothing else of them is wanted here.
constexpr PgStatement kRead{
    "audit_read",
    "SELECT e.position, e.aggregate_type, e.aggregate_id, e.sequence, e.type, e.revision, e.created_at,"
    " e.creator, e.owner, ''::text, e.salt, e.request_id, e.traceparent, e.client_address,"
    " coalesce(p.hash, sha256(e.salt || convert_to(e.payload, 'UTF8')))"
    " FROM (SELECT * FROM events WHERE position > $1::bigint AND position <= $1::bigint + $2::bigint) e"
    " LEFT JOIN (SELECT * FROM erased_payloads WHERE position > $1::bigint"
    "  AND position <= $1::bigint + $2::bigint) p"
    " ON p.aggregate_id = e.aggregate_id AND p.position = e.position ORDER BY e.position"};

constexpr PgStatement kFirst{"audit_first",
                             "SELECT " USERMETA_EVENT_COLUMNS " FROM events WHERE position = 1"};
constexpr PgStatement kSize{"audit_size", "SELECT size FROM audit_log"};
constexpr PgStatement kEdge{
    "audit_edge",
    "SELECT t.hashes FROM unnest($1::bigint[], $2::bigint[]) AS w (level, index)"
    " JOIN audit_tiles t ON t.level = w.level AND t.index = w.index ORDER BY w.level"};
constexpr PgStatement kTile{
    "audit_tile",
    "SELECT substr(hashes, 1, 32 * $3::bigint::int) FROM audit_tiles"
    " WHERE level = $1::bigint AND index = $2::bigint AND length(hashes) >= 32 * $3::bigint"};
constexpr PgStatement kNewest{"audit_newest",
                              "SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1"};
constexpr PgStatement kAdvanceTree{
    "audit_advance",
    "UPDATE audit_log SET size = CASE size WHEN $2::bigint THEN $1::bigint ELSE -1 "
    "END"};
constexpr PgStatement kTiles{"audit_tiles",
                             "INSERT INTO audit_tiles (level, index, hashes)"
                             " SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::bytea[])"
                             " ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes"};
constexpr PgStatement kKeepCheckpoint{"audit_checkpoint",
                                      "INSERT INTO audit_checkpoints (size, note) VALUES ($1::bigint, $2)"};

Digest digest_of(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) throw DamagedTree("a hash in the database is damaged");
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

}  // namespace

asio::awaitable<std::vector<AuditedEvent>> read_audited(PgPipeline& pipeline, Position after,
                                                        std::int64_t most) {
  const PgRows rows = co_await query(pipeline, kRead, PgParams().int8(after).int8(most));
  std::vector<AuditedEvent> events;
  events.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row)
    events.push_back({recorded_at(rows, row), digest_of(rows.bytes(row, kEventColumns))});
  co_return events;
}

asio::awaitable<std::optional<AuditIdentity>> audit_identity(PgPipeline& pipeline) {
  const PgRows rows = co_await query(pipeline, kFirst, {});
  if (rows.size() == 0) co_return std::nullopt;
  const std::string instance = instance_of(recorded_at(rows, 0));
  co_return AuditIdentity{instance, source_of({instance, {}}), origin_of(instance)};
}

asio::awaitable<std::int64_t> audit_size(PgPipeline& pipeline) {
  const PgRows rows = co_await query(pipeline, kSize, {});
  if (rows.size() == 0) throw DamagedTree("the table audit_log has no row: the database is damaged");
  co_return rows.int8(0, 0);
}

asio::awaitable<TiledTree> audit_tree(PgPipeline& pipeline, std::uint64_t size) {
  std::vector<std::int64_t> levels, indexes;
  for (const TilePath& path : edge_tiles(size)) {
    levels.push_back(*path.level);
    indexes.push_back(static_cast<std::int64_t>(path.index));
  }
  const PgRows rows = co_await query(pipeline, kEdge, PgParams().int8s(levels).int8s(indexes));
  std::vector<std::string> edge;
  edge.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) edge.push_back(rows.text(row, 0));
  try {
    co_return TiledTree(size, edge);
  } catch (const std::invalid_argument&) {
    throw DamagedTree("the transparency log has no whole tree of " + std::to_string(size) + " entries");
  }
}

asio::awaitable<std::optional<std::string>> audit_tile(PgPipeline& pipeline, TilePath path) {
  PgParams params;
  params.int8(*path.level).int8(static_cast<std::int64_t>(path.index)).int8(path.width);
  const PgRows rows = co_await query(pipeline, kTile, std::move(params));
  if (rows.size() == 0) co_return std::nullopt;
  co_return rows.text(0, 0);
}

asio::awaitable<Digest> audit_subtree(PgPipeline& pipeline, std::uint64_t first, unsigned level) {
  const unsigned of_tile = level / 8;
  const std::uint64_t place = first >> 8 * of_tile;
  const std::size_t begin = place % kTileWidth;
  const std::size_t count = std::size_t{1} << level % 8;
  const TilePath path{of_tile, place / kTileWidth, static_cast<unsigned>(begin + count)};
  const auto hashes = co_await audit_tile(pipeline, path);
  if (!hashes) throw DamagedTree("the transparency log has no " + to_text(path));
  co_return tile_root(std::string_view(*hashes).substr(begin * sizeof(Digest)));
}

asio::awaitable<std::optional<std::string>> newest_checkpoint(PgPipeline& pipeline) {
  const PgRows rows = co_await query(pipeline, kNewest, {});
  if (rows.size() == 0) co_return std::nullopt;
  co_return rows.text(0, 0);
}

void send_tree(PgTransaction& transaction, TiledTree& tree, std::uint64_t before) {
  transaction.run(
      kAdvanceTree,
      PgParams().int8(static_cast<std::int64_t>(tree.size())).int8(static_cast<std::int64_t>(before)));
  const std::vector<Tile> tiles = tree.take_changed();
  std::vector<std::int64_t> levels, indexes;
  std::vector<std::string_view> hashes;
  for (const Tile& tile : tiles) {
    levels.push_back(tile.level);
    indexes.push_back(static_cast<std::int64_t>(tile.index));
    hashes.push_back(tile.hashes);
  }
  transaction.run(kTiles, PgParams().int8s(levels).int8s(indexes).byteas(hashes));
}

void send_checkpoint(PgTransaction& transaction, std::uint64_t size, const std::string& note) {
  transaction.run(kKeepCheckpoint, PgParams().int8(static_cast<std::int64_t>(size)).text(note));
}

}  // namespace usermeta
