#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// Adds `usermeta token create|list|remove`.
void add_token(CLI::App& app, int& result);

}  // namespace usermeta
