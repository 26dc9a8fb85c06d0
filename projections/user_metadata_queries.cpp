#include "projections/user_metadata_queries.hpp"

#include <boost/asio/dispatch.hpp>

#include "projections/head_look.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// A plan that was made while the table was small must not read it whole when it has grown. And it is made
// once: to plan a list takes longer than to run it, and once the table is analysed PostgreSQL would plan each
// one anew.
constexpr const char* kByIndex =
    "-c search_path=usermeta -c enable_seqscan=off -c plan_cache_mode=force_generic_plan";

constexpr PgStatement kPing{"ping", "SELECT 1"};

constexpr PgStatement kGet{"get",
                           "SELECT key, value, owner, created_at, changed_at, sequence FROM user_metadata"
                           " WHERE user_id = $1 AND key = $2 AND owner = $3"};

// $1 user, $2 everywhere, $3 organisations, $4 and $5 key queries, $6 offset, $7 limit. A row for the total,
// its key null, and the page's rows. What a page may hold is summed up row by row only when all that matches
// is more: that takes as long as all the rest. Case is ignored by the database's own collation.
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
#define USERMETA_LIST(order)                                                                        \
  "WITH matching AS (SELECT * FROM user_metadata m"                                                 \
  "  WHERE user_id = $1 AND ($2::bigint = 1 OR owner = ANY ($3::text[]))"                           \
  "   AND (cardinality($4::text[]) = 0 OR NOT EXISTS (SELECT 1"                                     \
  "    FROM unnest($4::text[], $5::bigint[]) AS q (text, method) WHERE " USERMETA_KEY_QUERY_FAILS   \
  "))),"                                                                                            \
  " total AS (SELECT count(*) AS rows, coalesce(sum(octet_length(value)), 0) <= 3145728 AS fits"    \
  "  FROM matching),"                                                                               \
  " page AS (SELECT * FROM matching ORDER BY " order                                                \
  "  OFFSET $6 LIMIT $7),"                                                                          \
  " summed AS (SELECT *, sum(octet_length(value)) OVER w AS bytes, row_number() OVER w AS n"        \
  "  FROM page WHERE NOT (SELECT fits FROM total) WINDOW w AS (ORDER BY " order                     \
  "))"                                                                                              \
  " SELECT NULL AS key, NULL AS value, NULL AS owner, NULL AS created_at, NULL AS changed_at, rows" \
  "  FROM total"                                                                                    \
  " UNION ALL (SELECT key, value, owner, created_at, changed_at, sequence"                          \
  "  FROM summed WHERE bytes <= 3145728 OR n = 1 ORDER BY n)"                                       \
  " UNION ALL (SELECT key, value, owner, created_at, changed_at, sequence"                          \
  "  FROM page WHERE (SELECT fits FROM total) ORDER BY " order ")"

constexpr PgStatement kListByKey{"list_by_key", USERMETA_LIST("key")};
constexpr PgStatement kListNewest{"list_newest", USERMETA_LIST("created_at DESC, key")};
constexpr PgStatement kListOldest{"list_oldest", USERMETA_LIST("created_at, key")};

const PgStatement& statement_for(UserMetadataOrder order) {
  switch (order) {
    case UserMetadataOrder::newest_first:
      return kListNewest;
    case UserMetadataOrder::oldest_first:
      return kListOldest;
    case UserMetadataOrder::by_key:
      break;
  }
  return kListByKey;
}

UserMetadataRow row_at(const PgRows& rows, int row) {
  return {rows.text(row, 0), rows.text(row, 1), rows.text(row, 2),
          rows.time(row, 3), rows.time(row, 4), rows.int8(row, 5)};
}

// Counts beyond what PostgreSQL takes mean the same: more than there is.
std::int64_t bounded(std::uint64_t count) {
  constexpr auto kMost = static_cast<std::uint64_t>(INT64_MAX);
  return static_cast<std::int64_t>(std::min(count, kMost));
}

}  // namespace

UserMetadataQueries::UserMetadataQueries(const asio::any_io_executor& executor, Options options,
                                         std::shared_ptr<CheckpointWatch> watch)
    : options_(std::move(options)), watch_(std::move(watch)) {
  for (std::size_t i = 0; i < options_.connections; ++i)
    connections_.push_back(std::make_shared<PgPipeline>(
        asio::make_strand(executor),
        PgPipeline::Options{.conninfo = options_.conninfo,
                            .application_name = "usermeta query " + options_.process,
                            .settings = kByIndex,
                            .counts = options_.counts,
                            .shares_syncs = true}));
  head_look_ = std::make_shared<HeadLook>(connections_.front());
}

asio::awaitable<std::optional<UserMetadataRow>> UserMetadataQueries::get(std::string user_id, std::string key,
                                                                         std::string org) {
  co_await caught_up();
  const PgRows rows = co_await query(next(), kGet, PgParams().text(user_id).text(key).text(org));
  if (rows.size() == 0) co_return std::nullopt;
  co_return row_at(rows, 0);
}

asio::awaitable<UserMetadataPage> UserMetadataQueries::list(UserMetadataListing listing) {
  co_await caught_up();
  const std::vector<std::string_view> orgs(listing.orgs.begin(), listing.orgs.end());
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> methods;
  for (const KeyQuery& key_query : listing.queries) {
    texts.push_back(key_query.key);
    methods.push_back(key_query.method);
  }
  PgParams params;
  params.text(listing.user_id).int8(listing.everywhere ? 1 : 0).texts(orgs).texts(texts).int8s(methods);
  params.int8(bounded(listing.offset)).int8(listing.limit);
  const PgRows rows = co_await query(next(), statement_for(listing.order), std::move(params));
  UserMetadataPage page;
  page.rows.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, 0))
      page.total = static_cast<std::uint64_t>(rows.int8(row, 5));
    else
      page.rows.push_back(row_at(rows, row));
  }
  co_return page;
}

asio::awaitable<void> UserMetadataQueries::ping() {
  co_await query(next(), kPing, {});
}

asio::awaitable<void> UserMetadataQueries::caught_up() {
  const Position head = co_await head_look_->look();
  const bool reached = co_await watch_->reached(head, options_.patience);
  if (!reached) throw Outage("the read model has not reached position " + std::to_string(head) + " in time");
}

PgPipeline& UserMetadataQueries::next() {
  return *connections_[turn_++ % connections_.size()];
}

void UserMetadataQueries::close() {
  for (const auto& connection : connections_)
    asio::dispatch(connection->strand(), [connection] { connection->close(); });
}

}  // namespace usermeta
