#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// Adds `usermeta replay`.
void add_replay(CLI::App& app, int& result);

}  // namespace usermeta
