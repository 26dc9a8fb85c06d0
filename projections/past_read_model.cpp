#include "projections/past_read_model.hpp"

#include <utility>

#include "store/log_reader.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kSchema{"replay_schema", "CREATE SCHEMA usermeta_replay"};
constexpr PgStatement kAsOf{"replay_as_of",
                            "CREATE TABLE usermeta_replay.as_of AS SELECT $1::bigint AS position"};
// A value that was erased since is null.
constexpr PgStatement kTable{
    "replay_table",
    "CREATE TABLE usermeta_replay.user_metadata (user_id text COLLATE \"C\" NOT NULL,"
    " key text COLLATE \"C\" NOT NULL, value bytea, erased boolean NOT NULL, owner text COLLATE \"C\" NOT "
    "NULL,"
    " created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL, sequence bigint NOT NULL)"};
constexpr PgStatement kRows{
    "replay_rows",
    "INSERT INTO usermeta_replay.user_metadata SELECT user_id, key, CASE WHEN erased = 0 THEN value END,"
    " erased <> 0, owner, created_at, changed_at, sequence FROM unnest($1::text[], $2::text[], $3::bytea[],"
    " $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::bigint[])"
    " AS r (user_id, key, value, erased, owner, created_at, changed_at, sequence)"};
constexpr PgStatement kKey{"replay_key",
                           "ALTER TABLE usermeta_replay.user_metadata ADD PRIMARY KEY (user_id, key)"};

// What one statement takes along.
constexpr std::size_t kMostRows = 2000;
constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

// The rows of one statement: a column each.
struct Columns {
  std::vector<std::string_view> users, keys, values, owners;
  std::vector<std::int64_t> erased, sequences;
  std::vector<Time> created, changed;
  std::size_t bytes = 0;

  void add(const UserMetadataBatch::Key& key, const UserMetadataBatch::Row& row) {
    users.push_back(key.first);
    keys.push_back(key.second);
    values.push_back(row.value);
    erased.push_back(row.erased ? 1 : 0);
    owners.push_back(row.owner);
    created.push_back(row.created_at);
    changed.push_back(row.changed_at);
    sequences.push_back(row.sequence);
    bytes += row.value.size();
  }
  bool full() const { return users.size() >= kMostRows || bytes >= kMostBytes; }
  PgParams params() const {
    PgParams params;
    params.texts(users).texts(keys).byteas(values).int8s(erased).texts(owners).times(created).times(changed);
    params.int8s(sequences);
    return params;
  }
};

}  // namespace

asio::awaitable<UserMetadataBatch> read_model_at(asio::any_io_executor executor, Log& log, Position position,
                                                 ReplayProgress progress) {
  UserMetadataBatch model;
  LogReader reader(std::move(executor), log, 0);
  for (Position done = 0; done < position;) {
    progress(done, position);
    const Page page = co_await reader.next();
    if (page.events.empty())
      throw Outage("the log ends at position " + std::to_string(done) + ", before " +
                   std::to_string(position) + ": the database is damaged");
    for (const Recorded& event : page.events) {
      if (event.position > position) break;
      try {
        model.apply(event);
      } catch (const UnreadableEvent& error) {
        throw UnreadableEvent("cannot apply the event at position " + std::to_string(event.position) + ": " +
                              error.what());
      }
    }
    model.forget_what_went();
    done = page.events.back().position;
  }
  progress(position, position);
  co_return model;
}

asio::awaitable<void> write_read_model(PgPipeline& pipeline, const UserMetadataBatch& model,
                                       Position position, ReplayProgress progress) {
  PgTransaction transaction(pipeline);
  co_await transaction.query(kSchema, {});
  co_await transaction.query(kAsOf, PgParams().int8(position));
  co_await transaction.query(kTable, {});
  const auto of = static_cast<std::int64_t>(model.set().size());
  std::int64_t done = 0;
  Columns columns;
  for (const auto& [key, row] : model.set()) {
    columns.add(key, row);
    ++done;
    if (!columns.full() && done < of) continue;
    co_await transaction.query(kRows, columns.params());
    columns = {};
    progress(done, of);
  }
  co_await transaction.query(kKey, {});
  co_await transaction.commit();
}

}  // namespace usermeta
