#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// `usermeta audit export`: the log, or a part of it, with what proves it.
void add_audit_export(CLI::App& audit, int& result);

}  // namespace usermeta
