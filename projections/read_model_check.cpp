#include "projections/read_model_check.hpp"

#include "proof/tiles.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Values are compared by their hashes: a page of them may be large.
constexpr PgStatement kRows{"read_model_rows",
                            "SELECT user_id, key, sha256(value), owner, created_at, changed_at, sequence"
                            " FROM user_metadata WHERE (user_id, key) > ($1, $2)"
                            " ORDER BY user_id, key LIMIT 4000"};

std::string named(const UserMetadataBatch::Key& key) {
  return "key " + key.second + " of user " + key.first;
}

std::string missing(const UserMetadataBatch::Key& key) {
  return "the read model has not the " + named(key) + ", which the log has";
}

bool is_row(const PgRows& rows, int row, const UserMetadataBatch::Row& expected) {
  return rows.bytes(row, 2) == bytes_of(sha256(expected.value)) && rows.bytes(row, 3) == expected.owner &&
         rows.time(row, 4) == expected.created_at && rows.time(row, 5) == expected.changed_at &&
         rows.int8(row, 6) == expected.sequence;
}

}  // namespace

asio::awaitable<std::optional<std::string>> compare_read_model(PgPipeline& pipeline,
                                                               const UserMetadataBatch& replayed) {
  auto expected = replayed.set().begin();
  const auto end = replayed.set().end();
  UserMetadataBatch::Key last;
  for (bool more = true; more;) {
    const PgRows rows = co_await query(pipeline, kRows, PgParams().text(last.first).text(last.second));
    more = rows.size() > 0;
    for (int row = 0; row < rows.size(); ++row) {
      last = {rows.text(row, 0), rows.text(row, 1)};
      while (expected != end && expected->first < last && expected->second.erased) ++expected;
      if (expected != end && expected->first < last) co_return missing(expected->first);
      if (expected == end || last < expected->first)
        co_return "the read model has the " + named(last) + ", which the log has not";
      if (!expected->second.erased && !is_row(rows, row, expected->second))
        co_return "the read model has the " + named(last) + " otherwise than the log";
      ++expected;
    }
  }
  while (expected != end && expected->second.erased) ++expected;
  if (expected != end) co_return missing(expected->first);
  co_return std::nullopt;
}

}  // namespace usermeta
