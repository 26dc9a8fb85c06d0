#include "cli/projections.hpp"

#include <cstdio>
#include <memory>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "projections/rebuild.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

void rebuild(const std::string& conninfo) {
  asio::io_context context;
  const auto strand = asio::make_strand(asio::any_io_executor(context.get_executor()));
  const auto pipeline = std::make_shared<PgPipeline>(
      strand,
      PgPipeline::Options{conninfo, "usermeta rebuild", "-c search_path=usermeta", std::chrono::minutes(10)});
  PostgresLog log(strand, conninfo, "(rebuild) " + new_process_name());
  Progress progress(stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now());
  const auto show = [&](Position done, Position of) { progress.show(done, of, Progress::Clock::now()); };
  std::exception_ptr failure;
  Position reached = 0;
  asio::co_spawn(strand, rebuild_user_metadata(*pipeline, log, show),
                 [&](const std::exception_ptr& error, Position position) {
                   failure = error;
                   reached = position;
                   pipeline->close();
                   log.close();
                 });
  context.run();
  progress.finish();
  if (failure) std::rethrow_exception(failure);
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
