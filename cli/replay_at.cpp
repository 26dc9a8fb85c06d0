#include "cli/replay_at.hpp"

#include <cstdio>
#include <memory>
#include <unistd.h>

#include "cli/command_connection.hpp"
#include "cli/progress.hpp"
#include "cli/whole_file.hpp"
#include "events/base64.hpp"
#include "events/json_string.hpp"
#include "projections/event_list.hpp"
#include "projections/past_read_model.hpp"
#include "projections/user_metadata_at.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct PastReadModel {
  Position position = 0;
  UserMetadataBatch rows;
};

// {"user":"1","key":"k","value":"dg==","owner":"2","createdAt":"...","changedAt":"...","sequence":3}, with
// "erased":true in the value's place where it was.
std::string row_as_json(const UserMetadataBatch::Key& key, const UserMetadataBatch::Row& row) {
  std::string line = "{\"user\":";
  append_json_string(line, key.first);
  line += ",\"key\":";
  append_json_string(line, key.second);
  if (row.erased) {
    line += ",\"erased\":true";
  } else {
    line += ",\"value\":\"";
    append_base64(line, row.value);
    line += '"';
  }
  line += ",\"owner\":";
  append_json_string(line, row.owner);
  line += ",\"createdAt\":\"" + to_rfc3339(row.created_at) + "\",\"changedAt\":\"" +
          to_rfc3339(row.changed_at) + "\",\"sequence\":" + std::to_string(row.sequence) + "}\n";
  return line;
}

asio::awaitable<PastReadModel> make(PgPipeline& pipeline, Log& log, Moment moment, Progress& progress) {
  const Position position = co_await position_at(pipeline, moment);
  const auto show = [&progress](std::int64_t done, std::int64_t of) {
    progress.show(done, of, Progress::Clock::now());
  };
  UserMetadataBatch rows = co_await read_model_at(pipeline.strand(), log, position, show);
  co_return PastReadModel{position, std::move(rows)};
}

PastReadModel make(const std::string& conninfo, Moment moment) {
  CommandConnection connection(
      {.conninfo = conninfo, .application_name = "usermeta replay", .settings = kByEventIndex});
  PostgresLog log(connection.pipeline().strand(), conninfo, "(replay) " + new_process_name());
  Progress progress(stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now());
  return connection.run(make(connection.pipeline(), log, moment, progress), [&] {
    log.close();
    progress.finish();
  });
}

void write_tables(const std::string& database_url, const PastReadModel& model) {
  CommandConnection connection({.conninfo = database_url,
                                .application_name = "usermeta replay",
                                .settings = {},
                                .patience = std::chrono::minutes(10)});
  connection.run(
      write_read_model(connection.pipeline(), model.rows, model.position, [](std::int64_t, std::int64_t) {}));
}

void write_lines(const std::string& name, const PastReadModel& model) {
  WholeFile file(name);
  for (const auto& [key, row] : model.rows.set()) file.write(row_as_json(key, row));
  file.finish();
}

}  // namespace

void replay_at(const std::string& conninfo, Moment moment, const std::string& to) {
  const PastReadModel model = make(conninfo, moment);
  if (to.starts_with("postgresql://") || to.starts_with("postgres://"))
    write_tables(to, model);
  else
    write_lines(to, model);
  std::fprintf(stderr, "the read model as of position %ld: %zu keys\n", model.position,
               model.rows.set().size());
}

}  // namespace usermeta
