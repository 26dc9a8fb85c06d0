#include "projections/user_metadata_list.hpp"

#include <algorithm>
#include <array>

#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

#define USERMETA_PAGE_BYTES "3145728"  // of values: 3 MiB

// $1 user, $2 everywhere, $3 organisations, $4 offset, $5 limit.
#define USERMETA_READABLE \
  "user_metadata m WHERE user_id = $1 AND ($2::bigint = 1 OR owner = ANY ($3::text[]))"

// What is asked for nearly always. With each row comes the total; without the values, if all of them together
// are more than a page may hold.
#define USERMETA_LIST_ALL(order)                                                   \
  "SELECT key, CASE WHEN sum(octet_length(value)) OVER () <= " USERMETA_PAGE_BYTES \
  " THEN value END,"                                                               \
  " owner, created_at, changed_at, sequence, count(*) OVER ()"                     \
  " FROM " USERMETA_READABLE " ORDER BY " order " OFFSET $4 LIMIT $5"

// $6 and $7 key queries; case is ignored by the database's own collation.
#define USERMETA_KEY_QUERY_FAILS                                                                      \
  "CASE q.method WHEN 0 THEN m.key <> q.text"                                                         \
  " WHEN 1 THEN lower(m.key COLLATE \"default\") <> lower(q.text COLLATE \"default\")"                \
  " WHEN 2 THEN NOT starts_with(m.key, q.text)"                                                       \
  " WHEN 3 THEN NOT starts_with(lower(m.key COLLATE \"default\"), lower(q.text COLLATE \"default\"))" \
  " WHEN 4 THEN strpos(m.key, q.text) = 0"                                                            \
  " WHEN 5 THEN strpos(lower(m.key COLLATE \"default\"), lower(q.text COLLATE \"default\")) = 0"      \
  " WHEN 6 THEN right(m.key, char_length(q.text)) <> q.text"                                          \
  " ELSE right(lower(m.key COLLATE \"default\"), char_length(q.text))"                                \
  "  <> lower(q.text COLLATE \"default\") END"
// Whatever is asked for: the page's rows, and one behind them for the total, its key null.
#define USERMETA_LIST(order)                                                                                 \
  "WITH matching AS (SELECT * FROM " USERMETA_READABLE                                                       \
  "  AND (cardinality($6::text[]) = 0 OR NOT EXISTS (SELECT 1"                                               \
  "   FROM unnest($6::text[], $7::bigint[]) AS q (text, method) WHERE " USERMETA_KEY_QUERY_FAILS             \
  "))),"                                                                                                     \
  " page AS (SELECT *, sum(octet_length(value)) OVER w AS bytes, row_number() OVER w AS n"                   \
  "  FROM (SELECT * FROM matching ORDER BY " order " OFFSET $4 LIMIT $5) first WINDOW w AS (ORDER BY " order \
  "))"                                                                                                       \
  " (SELECT key, value, owner, created_at, changed_at, sequence"                                             \
  "  FROM page WHERE bytes <= " USERMETA_PAGE_BYTES                                                          \
  " OR n = 1 ORDER BY n)"                                                                                    \
  " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, count(*) FROM matching"

#define USERMETA_BY_KEY "key"
#define USERMETA_NEWEST "created_at DESC, key"
#define USERMETA_OLDEST "created_at, key"

// By UserMetadataOrder.
constexpr std::array kListAll{PgStatement{"list_all_by_key", USERMETA_LIST_ALL(USERMETA_BY_KEY)},
                              PgStatement{"list_all_newest", USERMETA_LIST_ALL(USERMETA_NEWEST)},
                              PgStatement{"list_all_oldest", USERMETA_LIST_ALL(USERMETA_OLDEST)}};
constexpr std::array kList{PgStatement{"list_by_key", USERMETA_LIST(USERMETA_BY_KEY)},
                           PgStatement{"list_newest", USERMETA_LIST(USERMETA_NEWEST)},
                           PgStatement{"list_oldest", USERMETA_LIST(USERMETA_OLDEST)}};

// Counts beyond what PostgreSQL takes mean the same: more than there is.
std::int64_t bounded(std::uint64_t count) {
  constexpr auto kMost = static_cast<std::uint64_t>(INT64_MAX);
  return static_cast<std::int64_t>(std::min(count, kMost));
}

PgParams params_of(const UserMetadataListing& listing) {
  const std::vector<std::string_view> orgs(listing.orgs.begin(), listing.orgs.end());
  PgParams params;
  params.text(listing.user_id).int8(listing.everywhere ? 1 : 0).texts(orgs);
  params.int8(bounded(listing.offset)).int8(listing.limit);
  return params;
}

UserMetadataPage page_of(const PgRows& rows, int count, std::int64_t total) {
  UserMetadataPage page;
  page.total = static_cast<std::uint64_t>(total);
  page.rows.reserve(static_cast<std::size_t>(count));
  for (int row = 0; row < count; ++row) page.rows.push_back(row_at(rows, row));
  return page;
}

}  // namespace

UserMetadataRow row_at(const PgRows& rows, int row) {
  return {rows.text(row, 0), rows.text(row, 1), rows.text(row, 2),
          rows.time(row, 3), rows.time(row, 4), rows.int8(row, 5)};
}

asio::awaitable<UserMetadataPage> list_user_metadata(PgPipeline& pipeline,
                                                     const UserMetadataListing& listing) {
  const auto order = static_cast<std::size_t>(listing.order);
  if (listing.queries.empty()) {
    const PgRows rows = co_await query(pipeline, kListAll.at(order), params_of(listing));
    if (rows.size() > 0 && !rows.is_null(0, 1)) co_return page_of(rows, rows.size(), rows.int8(0, 6));
    if (rows.size() == 0 && listing.offset == 0) co_return UserMetadataPage();
  }
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> methods;
  for (const KeyQuery& key_query : listing.queries) {
    texts.push_back(key_query.key);
    methods.push_back(key_query.method);
  }
  PgParams params = params_of(listing);
  params.texts(texts).int8s(methods);
  const PgRows rows = co_await query(pipeline, kList.at(order), std::move(params));
  co_return page_of(rows, rows.size() - 1, rows.int8(rows.size() - 1, 5));
}

}  // namespace usermeta
