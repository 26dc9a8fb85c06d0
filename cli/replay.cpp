#include "cli/replay.hpp"

#include <cstdio>
#include <map>
#include <memory>

#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "cli/event_json.hpp"
#include "cli/replay_at.hpp"
#include "events/base64.hpp"
#include "events/json_string.hpp"
#include "events/moment.hpp"
#include "projections/user_metadata_batch.hpp"
#include "store/stream_reader.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct ReplayOptions {
  CommandOptions common;
  std::string user;
  std::string until;
  std::string at;
  std::string to;
};

Moment parse(const std::string& option, const std::string& text) {
  if (const auto moment = parse_moment(text)) return *moment;
  throw std::runtime_error(option + " " + text +
                           " is neither a position nor a time such as 2026-01-31T12:00:00Z");
}

bool is_behind(const Recorded& event, const Moment& moment) {
  if (const auto* position = std::get_if<Position>(&moment)) return event.position > *position;
  return event.created_at > std::get<Time>(moment);
}

// The metadata that the events so far add up to, by the same rules as the read model's. Keys whose value was
// erased since are named beside it.
std::string summary(const std::string& user, const Recorded& last,
                    const std::map<UserMetadataBatch::Key, UserMetadataBatch::Row>& rows) {
  std::string line = "{\"user\":";
  append_json_string(line, user);
  line += ",\"position\":" + std::to_string(last.position) +
          ",\"sequence\":" + std::to_string(last.sequence) + ",\"metadata\":{";
  std::string erased;
  for (const auto& [key, row] : rows) {
    std::string& into = row.erased ? erased : line;
    if (!into.empty() && into.back() != '{') into += ',';
    append_json_string(into, key.second);
    if (row.erased) continue;
    line += ":\"";
    append_base64(line, row.value);
    line += '"';
  }
  line += '}';
  return erased.empty() ? line + '}' : line + ",\"erased\":[" + erased + "]}";
}

asio::awaitable<void> print(PgPipeline& pipeline, std::string user, Moment until) {
  const AggregateId aggregate{AggregateType::user, user};
  UserMetadataBatch metadata;
  Recorded last;
  bool more = true;
  while (more) {
    const auto events = co_await read_stream(pipeline, aggregate, last.sequence);
    more = !events.empty();
    for (const Recorded& event : events) {
      if (is_behind(event, until)) {
        more = false;
        break;
      }
      metadata.apply(event);
      last = event;
      std::printf("%s\n", event_as_json(event).c_str());
    }
  }
  if (last.sequence == 0)
    throw std::runtime_error("there is no event of a user with the id " + user + " up to there");
  std::printf("%s\n", summary(user, last, metadata.set()).c_str());
}

void replay(const ReplayOptions& options, const std::string& conninfo) {
  if (!options.at.empty()) return replay_at(conninfo, parse("--at", options.at), options.to);
  const Moment until = options.until.empty() ? Position{INT64_MAX} : parse("--until", options.until);
  CommandConnection connection({conninfo, "usermeta replay", "-c search_path=usermeta"});
  connection.run(print(connection.pipeline(), options.user, until));
}

}  // namespace

void add_replay(CLI::App& app, int& result) {
  CLI::App* command = app.add_subcommand("replay",
                                         "Print a user's events in order, one JSON object a line, and last "
                                         "the metadata that they add up to; or\n"
                                         "with --at write the metadata of all users as it was at a moment");
  const auto options = std::make_shared<ReplayOptions>();
  add_command_options(*command, options->common);
  CLI::Option* user = command->add_option("--user", options->user, "The user's id")->type_name("ID");
  command
      ->add_option("--until", options->until,
                   "Last position in the log, or last moment as 2026-01-31T12:00:00Z")
      ->type_name("POSITION|TIME")
      ->needs(user);
  CLI::Option* at = command->add_option("--at", options->at, "Everything up to and including that")
                        ->type_name("POSITION|TIME")
                        ->excludes(user);
  CLI::Option* to =
      command
          ->add_option("--to", options->to,
                       "A file for one JSON object a line (-: standard output), or postgresql://... for "
                       "tables of\nthe schema usermeta_replay there")
          ->type_name("FILE|DATABASE-URL")
          ->needs(at);
  at->needs(to);
  command->callback([options, &result] {
    if (options->user.empty() && options->at.empty()) throw CLI::RequiredError("--user or --at");
    result = run_command(options->common, [&](const std::string& conninfo) { replay(*options, conninfo); });
  });
}

}  // namespace usermeta
