#pragma once

#include <functional>
#include <string>

#include "cli/options.hpp"

namespace usermeta {

// What all operators' commands take.
struct CommandOptions {
  DatabaseOptions database;
  LogOptions log{"text", "warn"};
};
void add_command_options(CLI::App& command, CommandOptions& options);

// Opens the database, checks its schema and runs `work` with its conninfo. 0, or 1 after one line on standard
// error that says what is wrong.
int run_command(const CommandOptions& options, const std::function<void(const std::string& conninfo)>& work);

}  // namespace usermeta
