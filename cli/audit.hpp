#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// `usermeta audit`: the transparency log's key, its export, and whether it holds.
void add_audit(CLI::App& app, int& result);

}  // namespace usermeta
