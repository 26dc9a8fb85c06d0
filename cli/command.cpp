#include "cli/command.hpp"

#include <cstdio>

#include "cli/log.hpp"
#include "store/migrate.hpp"

namespace usermeta {

void add_command_options(CLI::App& command, CommandOptions& options) {
  add_database_options(command, options.database);
  add_log_options(command, options.log);
}

int run_command(const CommandOptions& options, const std::function<void(const std::string&)>& work) {
  try {
    const auto log = make_log(options.log.format, options.log.level);
    const CommandDatabase database(options.database, log);
    check_schema(database.conninfo());
    work(database.conninfo());
    return 0;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "usermeta: %s\n", error.what());
    return 1;
  }
}

}  // namespace usermeta
