#include "projections/audit_reader.hpp"

#include <algorithm>
#include <cstring>

#include "proof/tiles.hpp"
#include "store/log_rows.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr Position kPage = 2048;

// $1 after, $2 until, which are a page apart.
constexpr PgStatement kEvents{
    "evidence",
    "SELECT e.position, e.aggregate_type, e.aggregate_id, e.sequence, e.type, e.revision, e.created_at,"
    " e.creator, e.owner, e.payload, e.salt, e.request_id, e.traceparent, e.client_address, p.hash,"
    " p.erased_by, e.slot FROM "
    USERMETA_EVENT_PAGE("position > $1::bigint AND position <= $2::bigint", "NULL")
    " e LEFT JOIN (SELECT * FROM erased_payloads WHERE position > $1::bigint AND position <= $2::bigint) p"
    " ON p.aggregate_id = e.aggregate_id AND p.position = e.position ORDER BY e.position"};
constexpr PgStatement kLeaves{"evidence_leaves",
                              "SELECT index, hashes FROM audit_tiles WHERE level = 0"
                              " AND index >= $1::bigint / 256 AND index <= ($2::bigint - 1) / 256"
                              " ORDER BY index"};

std::optional<Digest> digest_in(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) return std::nullopt;
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

// The leaves that the tiles have, in the order of positions.
class Leaves {
 public:
  explicit Leaves(const PgRows& tiles) : tiles_(tiles) {}

  std::optional<Digest> at(Position position) {
    const Position index = (position - 1) / kTileWidth;
    while (row_ < tiles_.size() && tiles_.int8(row_, 0) < index) ++row_;
    if (row_ == tiles_.size() || tiles_.int8(row_, 0) != index) return std::nullopt;
    const auto place = static_cast<std::size_t>((position - 1) % kTileWidth);
    const std::string_view hashes = tiles_.bytes(row_, 1);
    if ((place + 1) * sizeof(Digest) > hashes.size()) return std::nullopt;
    return hash_in(hashes, place);
  }

 private:
  const PgRows& tiles_;
  int row_ = 0;
};

Evidence evidence_at(const PgRows& rows, int row, Leaves& leaves) {
  Evidence evidence{.event = recorded_at(rows, row)};
  evidence.leaf = leaves.at(evidence.event.position);
  evidence.slot = rows.text(row, kEventColumns + 2);
  if (rows.is_null(row, kEventColumns)) return evidence;
  // A hash that is damaged is none, and so not the one that was signed.
  evidence.payload_hash = digest_in(rows.bytes(row, kEventColumns)).value_or(Digest{});
  evidence.erased_by = rows.int8(row, kEventColumns + 1);
  return evidence;
}

}  // namespace

AuditReader::AuditReader(PgPipeline& pipeline, Position after, Position until)
    : pipeline_(pipeline), until_(until), reading_(begin(after)) {}

AuditReader::Reading AuditReader::begin(Position after) {
  const PgParams params = PgParams().int8(after).int8(std::min(after + kPage, until_));
  return {begin_query(pipeline_, kEvents, params), begin_query(pipeline_, kLeaves, params)};
}

asio::awaitable<std::vector<Evidence>> AuditReader::next() {
  const PgRows events = co_await reading_.events.get();
  const PgRows tiles = co_await reading_.tiles.get();
  const int rows = events.size();
  if (rows > 0) reading_ = begin(events.int8(rows - 1, 0));
  Leaves leaves(tiles);
  std::vector<Evidence> page;
  page.reserve(static_cast<std::size_t>(rows));
  for (int row = 0; row < rows; ++row) page.push_back(evidence_at(events, row, leaves));
  co_return page;
}

}  // namespace usermeta
