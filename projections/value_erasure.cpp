#include "projections/value_erasure.hpp"

#include <string>

#include "projections/rebuild_progress.hpp"
#include "store/pg_query.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kHoldErasure{"erasure_hold", "SELECT position FROM erasure_checkpoint FOR UPDATE"};
constexpr PgStatement kErasedTo{"erasure_checkpoint", "SELECT position FROM erasure_checkpoint"};
constexpr PgStatement kNext{"erasure_next",
                            "SELECT position, aggregate_id, sequence, revision, payload FROM events"
                            " WHERE type = 'user.metadata.values.erased' AND position > $1"
                            " ORDER BY position LIMIT 1"};
constexpr PgStatement kAdvanceErasure{"erasure_advance", "UPDATE erasure_checkpoint SET position = $1"};

// $1 user, $2 and $3 the sequences between which to look, $4 the key or nothing, $5 the event that asks. So
// many events that each statement is short, however large their values are; its answer is the last one's
// sequence.
constexpr PgStatement kErase{
    "erase_values",
    "WITH erased AS MATERIALIZED (SELECT * FROM events WHERE aggregate_id = $1::text"
    "  AND aggregate_type = 'user' AND sequence > $2::bigint AND sequence < $3::bigint"
    "  AND type = 'user.metadata.set' AND ($4::text = '' OR slot = 'metadata/' || $4::text)"
    "  AND NOT starts_with(payload, '{\"erased\":true') ORDER BY sequence LIMIT 500),"
    " kept AS (INSERT INTO erased_payloads (aggregate_id, position, hash, erased_by)"
    "  SELECT aggregate_id, position, sha256(salt || convert_to(payload, 'UTF8')), $5::bigint FROM erased),"
    " gone AS (UPDATE events e SET salt = substr(sha256(x.salt), 1, 16),"
    "   payload = '{\"erased\":true,\"key\":' || (x.payload::json -> 'key')::text || '}'"
    "  FROM erased x WHERE e.aggregate_id = x.aggregate_id AND e.aggregate_type = x.aggregate_type"
    "  AND e.sequence = x.sequence)"
    " SELECT max(sequence) FROM erased"};

constexpr PgStatement kCount{"erasure_count",
                             "SELECT count(*) FROM events e JOIN erased_payloads p"
                             " ON p.aggregate_id = e.aggregate_id AND p.erased_by = e.position"
                             " WHERE e.position = $1"};

Position checkpoint_in(const PgRows& rows) {
  if (rows.size() == 0) throw Outage("the table erasure_checkpoint has no row: the database is damaged");
  return rows.int8(0, 0);
}

}  // namespace

asio::awaitable<std::optional<Position>> carry_out_next_erasure(PgPipeline& pipeline) {
  PgTransaction transaction(pipeline);
  const Position done = checkpoint_in(co_await transaction.query(kHoldErasure, {}));
  const PgRows next = co_await transaction.query(kNext, PgParams().int8(done));
  if (next.size() == 0) co_return std::nullopt;
  const Position position = next.int8(0, 0);
  const std::string user = next.text(0, 1);
  const Sequence until = next.int8(0, 2);
  const auto erasure = std::get<MetadataValuesErased>(
      decode_payload("user.metadata.values.erased", next.int2(0, 3), next.bytes(0, 4)));
  Sequence after = 0;
  for (bool more = true; more;) {
    PgParams params = PgParams().text(user).int8(after).int8(until).text(erasure.key).int8(position);
    const PgRows last = co_await transaction.query(kErase, std::move(params));
    more = !last.is_null(0, 0);
    if (more) after = last.int8(0, 0);
  }
  transaction.run(kAdvanceErasure, PgParams().int8(position));
  co_await drop_abandoned_rebuild(transaction);
  co_await transaction.commit();
  co_return position;
}

asio::awaitable<Position> erased_up_to(PgPipeline& pipeline) {
  co_return checkpoint_in(co_await query(pipeline, kErasedTo, {}));
}

asio::awaitable<std::int64_t> count_erased(PgPipeline& pipeline, Position erasure) {
  const PgRows rows = co_await query(pipeline, kCount, PgParams().int8(erasure));
  co_return rows.int8(0, 0);
}

}  // namespace usermeta
