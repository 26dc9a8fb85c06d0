#include "store/stream_reader.hpp"

#include "store/log_rows.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

constexpr PgStatement kStream{"read_stream", "SELECT " USERMETA_EVENT_COLUMNS
                                             " FROM events WHERE aggregate_id = $1 AND aggregate_type = $2"
                                             " AND sequence > $3 ORDER BY sequence LIMIT 100"};

}  // namespace

boost::asio::awaitable<std::vector<Recorded>> read_stream(PgPipeline& pipeline, AggregateId aggregate,
                                                          Sequence after) {
  PgParams params;
  params.text(aggregate.id).text(name_of(aggregate.type)).int8(after);
  const PgRows rows = co_await query(pipeline, kStream, std::move(params));
  std::vector<Recorded> events;
  events.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) events.push_back(recorded_at(rows, row));
  co_return events;
}

}  // namespace usermeta
