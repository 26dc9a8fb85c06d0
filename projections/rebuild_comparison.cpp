#include "projections/rebuild_comparison.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// XOR: the order does not matter, and a row is there only once.
#define USERMETA_SUM(table, where)                                                          \
  "(SELECT count(*) AS rows, coalesce(bit_xor(hash_record_extended(t, 0)), 0) AS checksum " \
  "FROM " table " t" where ")"
#define USERMETA_SUMS(where)                                          \
  "SELECT o.rows, o.checksum, n.rows, n.checksum FROM " USERMETA_SUM( \
      "user_metadata", where) " o, " USERMETA_SUM("user_metadata_rebuilt", where) " n"
#define USERMETA_LEFT_OUT " WHERE NOT EXISTS (SELECT FROM unnest($1::text[]) u WHERE u = t.user_id)"

constexpr PgStatement kSums{"rebuild_sums", USERMETA_SUMS("")};
constexpr PgStatement kSumsWithout{"rebuild_sums_without", USERMETA_SUMS(USERMETA_LEFT_OUT)};

constexpr PgStatement kComparisonMemory{"rebuild_differences_memory", "SET LOCAL work_mem = '256MB'"};
// The digests are made of the few that are shown only.
constexpr PgStatement kDifferences{
    "rebuild_differences",
    "SELECT user_id, key, old_sequence, encode(sha256(old_value), 'hex'), new_sequence,"
    "  encode(sha256(new_value), 'hex'), different FROM ("
    " SELECT coalesce(o.user_id, n.user_id) AS user_id, coalesce(o.key, n.key) AS key,"
    "  o.sequence AS old_sequence, o.value AS old_value, n.sequence AS new_sequence, n.value AS new_value,"
    "  count(*) OVER () AS different"
    " FROM (SELECT * FROM user_metadata t" USERMETA_LEFT_OUT
    ") o"
    " FULL JOIN (SELECT * FROM user_metadata_rebuilt t" USERMETA_LEFT_OUT
    ") n ON n.user_id = o.user_id AND n.key = o.key"
    " WHERE o.user_id IS NULL OR n.user_id IS NULL OR (o.value, o.owner, o.created_at, o.changed_at,"
    "  o.sequence) IS DISTINCT FROM (n.value, n.owner, n.created_at, n.changed_at, n.sequence)"
    " ORDER BY 1, 2 LIMIT $2) d ORDER BY user_id, key"};

TableSum sum_in(const PgRows& rows, int column) {
  return {rows.int8(0, column), static_cast<std::uint64_t>(rows.int8(0, column + 1))};
}

std::optional<RowDifference::Row> row_in(const PgRows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return RowDifference::Row{rows.int8(row, column), rows.text(row, column + 1)};
}

}  // namespace

asio::awaitable<RebuildComparison> compare_rebuilt(PgTransaction& transaction,
                                                   const std::vector<std::string_view>& left_out) {
  RebuildComparison comparison;
  comparison.users_left_out = static_cast<std::int64_t>(left_out.size());
  const PgStatement& statement = left_out.empty() ? kSums : kSumsWithout;
  PgParams users;
  if (!left_out.empty()) users.texts(left_out);
  const PgRows sums = co_await transaction.query(statement, users);
  comparison.in_use = sum_in(sums, 0);
  comparison.rebuilt = sum_in(sums, 2);
  if (comparison.in_use == comparison.rebuilt) co_return comparison;
  transaction.run(kComparisonMemory, {});
  PgParams params = PgParams().texts(left_out).int8(kMostDifferences);
  const PgRows rows = co_await transaction.query(kDifferences, std::move(params));
  for (int row = 0; row < rows.size(); ++row) {
    comparison.different = rows.int8(row, 6);
    comparison.first.push_back(
        {rows.text(row, 0), rows.text(row, 1), row_in(rows, row, 2), row_in(rows, row, 4)});
  }
  co_return comparison;
}

}  // namespace usermeta
