#include "cli/projections.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/command_connection.hpp"
#include "cli/progress.hpp"
#include "cli/rebuild_report.hpp"
#include "projections/rebuild.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"

namespace usermeta {
namespace {

struct RebuildCommand {
  CommandOptions common;
  bool fresh = false;
  bool dry_run = false;
};

// When this process is killed, PostgreSQL notices in the middle of a statement as well.
constexpr const char* kSettings = "-c search_path=usermeta -c client_connection_check_interval=500ms";

void rebuild(const RebuildCommand& command, const std::string& conninfo) {
  CommandConnection connection({conninfo, "usermeta rebuild", kSettings, std::chrono::minutes(10)});
  PostgresLog log(connection.pipeline().strand(), conninfo, "(rebuild) " + new_process_name());
  Progress progress(stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now());
  RebuildOptions options;
  options.program = USERMETA_VERSION;
  options.fresh = command.fresh;
  options.dry_run = command.dry_run;
  options.progress = [&](Position done, Position of) { progress.show(done, of, Progress::Clock::now()); };
  options.step = [&](const std::string& what) {
    progress.finish();
    std::fprintf(stderr, "usermeta: %s\n", what.c_str());
  };
  const auto at_end = [&] {
    log.close();
    progress.finish();
  };
  const Rebuilt rebuilt =
      connection.run(rebuild_user_metadata(connection.pipeline(), log, std::move(options)), at_end);
  std::fputs(rebuild_report(rebuilt, command.dry_run).c_str(), stdout);
  if (!command.dry_run) return;
  if (!rebuilt.comparison) throw std::runtime_error("nothing was compared");
  if (rebuilt.comparison->different > 0) throw std::runtime_error("the tables differ");
}

}  // namespace

void add_projections(CLI::App& app, int& result) {
  CLI::App* projections = app.add_subcommand("projections", "The read models");
  projections->require_subcommand(1);
  CLI::App* command = projections->add_subcommand(
      "rebuild",
      "Make the read model of users' metadata anew from the log, beside the old one, compare the two, list\n"
      "what differs, and swap them in one step. The service may be running. One that is interrupted changes\n"
      "nothing, and begun again it goes on where it was");
  const auto options = std::make_shared<RebuildCommand>();
  add_command_options(*command, options->common);
  command->add_flag("--dry-run", options->dry_run,
                    "Only compare: leave the old one in use, and nothing of the new one; exit status 1 when\n"
                    "they differ");
  command->add_flag("--fresh", options->fresh,
                    "Begin anew, even if an interrupted one could be gone on with");
  command->callback([options, &result] {
    result = run_command(options->common, [&](const std::string& conninfo) { rebuild(*options, conninfo); });
  });
}

}  // namespace usermeta
