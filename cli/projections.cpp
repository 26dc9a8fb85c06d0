#include "cli/projections.hpp"

#include <cstdio>
#include <memory>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "cli/progress.hpp"
#include "projections/rebuild.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"

namespace usermeta {
namespace {

void rebuild(const std::string& conninfo) {
  CommandConnection connection(
      {conninfo, "usermeta rebuild", "-c search_path=usermeta", std::chrono::minutes(10)});
  PostgresLog log(connection.pipeline().strand(), conninfo, "(rebuild) " + new_process_name());
  Progress progress(stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now());
  const auto show = [&](Position done, Position of) { progress.show(done, of, Progress::Clock::now()); };
  const Position reached = connection.run(rebuild_user_metadata(connection.pipeline(), log, show), [&] {
    log.close();
    progress.finish();
  });
  std::printf("rebuilt user_metadata up to position %ld\n", reached);
}

}  // namespace

void add_projections(CLI::App& app, int& result) {
  CLI::App* projections = app.add_subcommand("projections", "The read models");
  projections->require_subcommand(1);
  CLI::App* command =
      projections->add_subcommand("rebuild",
                                  "Make the read model of users' metadata anew from the log, beside the old "
                                  "one, and swap them in one step; the\n"
                                  "service may be running, and an interrupted rebuild changes nothing");
  const auto options = std::make_shared<CommandOptions>();
  add_command_options(*command, *options);
  command->callback([options, &result] { result = run_command(*options, rebuild); });
}

}  // namespace usermeta
