#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// Adds `usermeta healthcheck`. `result` becomes the exit status when it was run: 0 when the service can do
// its work.
void add_healthcheck(CLI::App& app, int& result);

}  // namespace usermeta
