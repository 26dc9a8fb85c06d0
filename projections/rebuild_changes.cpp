#include "projections/rebuild_changes.hpp"

#include <utility>

#include "projections/rebuild_progress.hpp"
#include "projections/user_metadata_table.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Not in the write-ahead log: a crash of PostgreSQL empties them. `position` is that of
// the batch's last event: in a batch what goes comes before what is set.
constexpr PgStatement kCreateSets{
    "rebuild_create_sets",
    "CREATE UNLOGGED TABLE user_metadata_sets (user_id text COLLATE \"C\", key text COLLATE \"C\","
    " value bytea, owner text COLLATE \"C\", created_at timestamptz, changed_at timestamptz,"
    " sequence bigint, position bigint)"};
constexpr PgStatement kCreateGone{
    "rebuild_create_gone",
    "CREATE UNLOGGED TABLE user_metadata_gone (user_id text COLLATE \"C\", key text COLLATE \"C\","
    " position bigint)"};

constexpr PgStatement kAddSets{
    "rebuild_add_sets",
    "INSERT INTO user_metadata_sets SELECT unnest($2::text[]), unnest($3::text[]), unnest($4::bytea[]),"
    " unnest($5::text[]), unnest($6::timestamptz[]), unnest($7::timestamptz[]), unnest($8::bigint[]),"
    " $1::bigint"};
constexpr PgStatement kAddRemoved{
    "rebuild_add_removed",
    "INSERT INTO user_metadata_gone SELECT unnest($2::text[]), unnest($3::text[]), $1::bigint"};
// No key: all of them.
constexpr PgStatement kAddCleared{
    "rebuild_add_cleared", "INSERT INTO user_metadata_gone SELECT unnest($2::text[]), NULL, $1::bigint"};

// PostgreSQL has up to two processes help with the sort, if it may. The memory is that of each sort and of
// each hash, of which there are two, in each of the three. A hash that they share would be in /dev/shm, of
// which a container has 64 MB.
constexpr PgStatement kMemory{
    "rebuild_memory",
    "SELECT set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '1', true),"
    " set_config('maintenance_work_mem', '256MB', true), set_config('enable_parallel_hash', 'off', true),"
    " set_config('parallel_tuple_cost', '0', true), set_config('parallel_setup_cost', '0', true)"};
constexpr PgStatement kAnalyzeSets{"rebuild_analyze_sets", "ANALYZE user_metadata_sets"};
constexpr PgStatement kAnalyzeGone{"rebuild_analyze_gone", "ANALYZE user_metadata_gone"};

// The last set of each key, with the date of the first one since the key was gone last. Not an INSERT: that
// is planned without helpers.
constexpr PgStatement kFold{
    "rebuild_fold",
    "CREATE TABLE user_metadata_rebuilt AS"
    " SELECT user_id, key, value, owner, first AS created_at, changed_at, sequence FROM ("
    "  SELECT *, first_value(created_at) OVER k AS first, lead(position) OVER k IS NULL AS is_last"
    "  FROM user_metadata_sets s WHERE NOT EXISTS (SELECT 1 FROM user_metadata_gone g"
    "   WHERE g.user_id = s.user_id AND g.key = s.key AND g.position > s.position)"
    "  AND NOT EXISTS (SELECT 1 FROM user_metadata_gone g"
    "   WHERE g.user_id = s.user_id AND g.key IS NULL AND g.position > s.position)"
    "  WINDOW k AS (PARTITION BY user_id, key ORDER BY position)) sets WHERE is_last"};
// What store/migrations declare: who changes that changes this, and raises kForm (projections/rebuild.cpp).
constexpr PgStatement kConstrain{
    "rebuild_constrain",
    "ALTER TABLE user_metadata_rebuilt ALTER value SET NOT NULL, ALTER owner SET NOT NULL,"
    " ALTER created_at SET NOT NULL, ALTER changed_at SET NOT NULL, ALTER sequence SET NOT NULL,"
    " ADD PRIMARY KEY (user_id, key)"};
constexpr PgStatement kDrop{"rebuild_drop_changes", "DROP TABLE user_metadata_sets, user_metadata_gone"};

}  // namespace

asio::awaitable<void> RebuildChanges::create(const std::string& maker) {
  PgTransaction transaction(pipeline_);
  transaction.run(kDropRebuildLeftover, {});
  begin_rebuild_progress(transaction, maker);
  transaction.run(kCreateSets, {});
  transaction.run(kCreateGone, {});
  co_await transaction.commit();
}

void RebuildChanges::add(const UserMetadataBatch& batch) {
  if (!adding_) adding_ = std::make_unique<PgTransaction>(pipeline_);
  PgTransaction& transaction = *adding_;
  if (!batch.cleared_users().empty()) {
    const std::vector<std::string_view> users(batch.cleared_users().begin(), batch.cleared_users().end());
    transaction.run(kAddCleared, PgParams().int8(batch.position()).texts(users));
  }
  if (!batch.removed().empty()) {
    PgParams params = PgParams().int8(batch.position());
    add_removed(params, batch);
    transaction.run(kAddRemoved, params);
  }
  if (!batch.set().empty()) {
    PgParams params = PgParams().int8(batch.position());
    add_set(params, batch);
    transaction.run(kAddSets, params);
  }
}

asio::awaitable<std::optional<Position>> RebuildChanges::keep(const Recorded& last) {
  const std::optional<Position> kept = co_await settle();
  keeping_ = std::exchange(adding_, nullptr);
  advance_rebuild_progress(*keeping_, last);
  keeping_->send_commit();
  kept_ = last.position;
  co_return kept;
}

asio::awaitable<std::optional<Position>> RebuildChanges::settle() {
  const auto transaction = std::exchange(keeping_, nullptr);
  if (!transaction) co_return std::nullopt;
  co_await transaction->commit();
  co_return kept_;
}

asio::awaitable<void> RebuildChanges::fold_into_rebuilt() {
  co_await query(pipeline_, kAnalyzeSets, {});
  co_await query(pipeline_, kAnalyzeGone, {});
  PgTransaction transaction(pipeline_);
  for (const PgStatement* statement : {&kMemory, &kFold, &kConstrain, &kDrop})
    transaction.run(*statement, {});
  note_rebuild_folded(transaction);
  co_await transaction.commit();
}

}  // namespace usermeta
