#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// Adds `usermeta serve`. `result` becomes the exit status when it was run.
void add_serve(CLI::App& app, int& result);

}  // namespace usermeta
