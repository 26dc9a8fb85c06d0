#include "projections/read_model_check.hpp"

#include <algorithm>
#include <utility>

#include "proof/tiles.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Values are compared by their hashes: a page of them may be large.
constexpr PgStatement kReadModelRows{
    "read_model_rows",
    "DECLARE read_model NO SCROLL CURSOR FOR"
    " SELECT user_id, key, sha256(value), owner, created_at, changed_at, sequence"
    " FROM user_metadata ORDER BY user_id, key"};
constexpr PgStatement kReadModelPage{"read_model_page", "FETCH 4000 FROM read_model"};

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

void ReplayedReadModel::apply(const Recorded& event, const Event& decoded) {
  UserMetadataBatch& user = users_[event.aggregate.id];
  user.apply(event, decoded);
  user.forget_what_went();
}

std::vector<const ReplayedReadModel::Row*> ReplayedReadModel::rows() const {
  std::vector<const UserMetadataBatch*> users;
  for (const auto& [id, user] : users_)
    if (!user.set().empty()) users.push_back(&user);
  std::ranges::sort(users, {}, [](const UserMetadataBatch* user) -> const std::string& {
    return user->set().begin()->first.first;
  });
  std::vector<const Row*> rows;
  for (const UserMetadataBatch* user : users)
    for (const Row& row : user->set()) rows.push_back(&row);
  return rows;
}

asio::awaitable<std::optional<std::string>> compare_read_model(
    PgPipeline& pipeline, std::vector<const ReplayedReadModel::Row*> replayed) {
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
      const UserMetadataBatch::Key key{rows.text(row, 0), rows.text(row, 1)};
      while (next != end && (*next)->first < key && (*next)->second.erased) ++next;
      if (next != end && (*next)->first < key) co_return missing((*next)->first);
      if (next == end || key < (*next)->first)
        co_return "the read model has the " + named(key) + ", which the log has not";
      if (!(*next)->second.erased && !is_row(rows, row, (*next)->second))
        co_return "the read model has the " + named(key) + " otherwise than the log";
      ++next;
    }
  }
  while (next != end && (*next)->second.erased) ++next;
  if (next != end) co_return missing((*next)->first);
  co_return std::nullopt;
}

}  // namespace usermeta
