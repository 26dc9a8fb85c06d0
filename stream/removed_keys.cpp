#include "stream/removed_keys.hpp"

#include <algorithm>
#include <set>

#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr Sequence kAtOnce = 10'000;  // events that a statement looks at

constexpr PgStatement kKeys{"keys_that_were_set",
                            "SELECT DISTINCT slot FROM events WHERE aggregate_id = $1"
                            " AND aggregate_type = 'user' AND sequence > $2 AND sequence <= $3"
                            " AND type = 'user.metadata.set'"};

asio::awaitable<std::vector<std::string>> keys_up_to(PgPipeline& pipeline, std::string user, Sequence last) {
  std::set<std::string> keys;
  for (Sequence seen = 0; seen < last; seen += kAtOnce) {
    const PgRows rows = co_await query(pipeline, kKeys,
                                       PgParams().text(user).int8(seen).int8(std::min(seen + kAtOnce, last)));
    for (int row = 0; row < rows.size(); ++row)
      keys.insert(rows.text(row, 0).substr(metadata_slot("").size()));
  }
  co_return std::vector<std::string>(keys.begin(), keys.end());
}

}  // namespace

asio::awaitable<RemovedKeys> find_removed_keys(PgPipeline& pipeline, const std::vector<Recorded>& events,
                                               Position after) {
  RemovedKeys removed;
  for (const Recorded& event : events)
    if (event.position > after && removes_all_metadata(event))
      removed[event.position] = co_await keys_up_to(pipeline, event.aggregate.id, event.sequence - 1);
  co_return removed;
}

}  // namespace usermeta
