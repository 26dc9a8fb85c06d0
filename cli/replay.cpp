#include "cli/replay.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "cli/command.hpp"
#include "cli/event_json.hpp"
#include "events/base64.hpp"
#include "events/json_string.hpp"
#include "projections/user_metadata_batch.hpp"
#include "store/stream_reader.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct ReplayOptions {
  CommandOptions common;
  std::string user;
  std::string until;
};

// Up to and including a position, or a time.
struct Until {
  Position position = INT64_MAX;
  Time time = Time::max();
};

Until parse_until(const std::string& text) {
  Until until;
  if (text.empty()) return until;
  if (text.size() < 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    until.position = std::stoll(text);
    return until;
  }
  const auto time = from_rfc3339(text);
  if (!time)
    throw std::runtime_error("--until " + text +
                             " is neither a position nor a time such as 2026-01-31T12:00:00Z");
  until.time = *time;
  return until;
}

// The metadata that the events so far add up to, by the same rules as the read model's.
std::string summary(const std::string& user, const Recorded& last,
                    const std::map<std::string, std::string>& values) {
  std::string line = "{\"user\":";
  append_json_string(line, user);
  line += ",\"position\":" + std::to_string(last.position) +
          ",\"sequence\":" + std::to_string(last.sequence) + ",\"metadata\":{";
  for (const auto& [key, value] : values) {
    if (line.back() != '{') line += ',';
    append_json_string(line, key);
    line += ":\"";
    append_base64(line, value);
    line += '"';
  }
  return line + "}}";
}

asio::awaitable<void> print(PgPipeline& pipeline, std::string user, Until until) {
  const AggregateId aggregate{AggregateType::user, user};
  UserMetadataBatch metadata;
  Recorded last;
  bool more = true;
  while (more) {
    const auto events = co_await read_stream(pipeline, aggregate, last.sequence);
    more = !events.empty();
    for (const Recorded& event : events) {
      if (event.position > until.position || event.created_at > until.time) {
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
  std::map<std::string, std::string> values;
  for (const auto& [key, row] : metadata.set()) values.emplace(key.second, row.value);
  std::printf("%s\n", summary(user, last, values).c_str());
}

void replay(const ReplayOptions& options, const std::string& conninfo) {
  const Until until = parse_until(options.until);
  asio::io_context context;
  const auto pipeline = std::make_shared<PgPipeline>(
      asio::make_strand(asio::any_io_executor(context.get_executor())),
      PgPipeline::Options{conninfo, "usermeta replay", "-c search_path=usermeta"});
  std::exception_ptr failure;
  asio::co_spawn(pipeline->strand(), print(*pipeline, options.user, until),
                 [&](const std::exception_ptr& error) {
                   failure = error;
                   pipeline->close();
                 });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

void add_replay(CLI::App& app, int& result) {
  CLI::App* command = app.add_subcommand(
      "replay",
      "Print a user's events in order, one JSON object a line, and last the metadata that they add up to");
  const auto options = std::make_shared<ReplayOptions>();
  add_command_options(*command, options->common);
  command->add_option("--user", options->user, "The user's id")->required()->type_name("ID");
  command
      ->add_option("--until", options->until,
                   "Last position in the log, or last moment as 2026-01-31T12:00:00Z")
      ->type_name("POSITION|TIME");
  command->callback([options, &result] {
    result = run_command(options->common, [&](const std::string& conninfo) { replay(*options, conninfo); });
  });
}

}  // namespace usermeta
