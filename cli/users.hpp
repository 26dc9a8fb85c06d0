#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// `usermeta users ...`; `result` becomes the process's exit status.
void add_users(CLI::App& app, int& result);

}  // namespace usermeta
