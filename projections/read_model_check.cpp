#include "projections/read_model_check.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "proof/tiles.hpp"
#include "store/log_rows.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Long values are compared by their hashes, for a page of them may be large; a hash costs more than a short
// value does. The length tells one from the other.
#define USERMETA_SHORT_VALUE 256
constexpr PgStatement kReadModelRows{
    "read_model_rows",
    "DECLARE read_model NO SCROLL CURSOR FOR SELECT user_id, key,"
    " CASE WHEN octet_length(value) <= " USERMETA_TEXT_OF(USERMETA_SHORT_VALUE) " THEN value"
    " ELSE sha256(value) END, octet_length(value)::bigint, owner, created_at, changed_at, sequence"
    " FROM user_metadata ORDER BY user_id, key"};
constexpr PgStatement kReadModelPage{"read_model_page", "FETCH 4000 FROM read_model"};

using Key = ReplayedReadModel::Key;

std::string named(const Key& key) {
  return "key " + std::string(key.key) + " of user " + std::string(key.user);
}

std::string missing(const Key& key) {
  return "the read model has not the " + named(key) + ", which the log has";
}

bool is_value(std::string_view kept, std::int64_t length, const std::string& expected) {
  if (std::cmp_not_equal(length, expected.size())) return false;
  return expected.size() <= USERMETA_SHORT_VALUE ? kept == expected : kept == bytes_of(sha256(expected));
}

bool is_row(const PgRows& rows, int row, const UserMetadataBatch::Row& expected) {
  return is_value(rows.bytes(row, 2), rows.int8(row, 3), expected.value) &&
         rows.bytes(row, 4) == expected.owner && rows.time(row, 5) == expected.created_at &&
         rows.time(row, 6) == expected.changed_at && rows.int8(row, 7) == expected.sequence;
}

}  // namespace

void ReplayedReadModel::apply(const Recorded& event, const Event& decoded) {
  UserMetadataBatch& user = users_[event.aggregate.id];
  user.apply(decoded, {}, event.owner, event.created_at, event.sequence);
  user.forget_what_went();
}

std::vector<ReplayedReadModel::Row> ReplayedReadModel::rows() const {
  std::vector<std::pair<std::string_view, const UserMetadataBatch*>> users(users_.size());
  std::ranges::transform(users_, users.begin(),
                         [](const auto& one) { return std::pair(std::string_view(one.first), &one.second); });
  std::ranges::sort(users);
  std::vector<Row> rows;
  for (const auto& [id, user] : users)
    for (const auto& [key, row] : user->set()) rows.push_back({{id, key.second}, &row});
  return rows;
}

asio::awaitable<std::optional<std::string>> compare_read_model(PgPipeline& pipeline,
                                                               std::vector<ReplayedReadModel::Row> replayed) {
  auto next = replayed.begin();
  const auto end = replayed.end();
  const auto opened = begin_query(pipeline, kReadModelRows, {});
  auto page = begin_query(pipeline, kReadModelPage, {});
  auto next_page = begin_query(pipeline, kReadModelPage, {});
  co_await opened.get();
  for (bool more = true; more;) {
    const PgRows rows = co_await page.get();
    more = rows.size() > 0;
    // The next ones are on their way while this one is looked at.
    page = std::exchange(next_page, begin_query(pipeline, kReadModelPage, {}));
    for (int row = 0; row < rows.size(); ++row) {
      const Key key{rows.bytes(row, 0), rows.bytes(row, 1)};
      while (next != end && next->row->erased && next->key < key) ++next;
      const auto order = next == end ? std::strong_ordering::greater : next->key <=> key;
      if (order < 0) co_return missing(next->key);
      if (order > 0) co_return "the read model has the " + named(key) + ", which the log has not";
      if (!next->row->erased && !is_row(rows, row, *next->row))
        co_return "the read model has the " + named(key) + " otherwise than the log";
      ++next;
    }
  }
  while (next != end && next->row->erased) ++next;
  if (next != end) co_return missing(next->key);
  co_return std::nullopt;
}

}  // namespace usermeta
