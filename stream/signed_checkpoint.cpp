#include "stream/signed_checkpoint.hpp"

#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kCheckpoints{"checkpoints_to_publish",
                                   "SELECT size, note FROM audit_checkpoints"
                                   " WHERE size > $1 AND size <= $2 ORDER BY size LIMIT 1000"};

}  // namespace

asio::awaitable<std::vector<SignedCheckpoint>> find_checkpoints(PgPipeline& pipeline, Position after,
                                                                Position last) {
  const PgRows rows = co_await query(pipeline, kCheckpoints, PgParams().int8(after).int8(last));
  std::vector<SignedCheckpoint> found;
  found.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row)
    found.push_back({.size = rows.int8(row, 0), .note = std::string(rows.text(row, 1))});
  co_return found;
}

// A note's first line is the log's name.
KafkaRecord checkpoint_record(const std::string& topic, const SignedCheckpoint& checkpoint) {
  return {
      .topic = topic, .key = checkpoint.note.substr(0, checkpoint.note.find('\n')), .value = checkpoint.note};
}

}  // namespace usermeta
