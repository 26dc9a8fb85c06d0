#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// usermeta events ...: `result` is the exit status of the one that was run.
void add_events(CLI::App& app, int& result);

}  // namespace usermeta
