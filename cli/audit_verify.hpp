#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// `usermeta audit verify`: whether a log is what was signed. Exit status 0: it is; 1: it is not; 2: that
// cannot be told, and why.
void add_audit_verify(CLI::App& audit, int& result);

}  // namespace usermeta
