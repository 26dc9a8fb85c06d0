#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// Adds `usermeta projections rebuild`.
void add_projections(CLI::App& app, int& result);

}  // namespace usermeta
