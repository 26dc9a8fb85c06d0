#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// usermeta events tail
void add_events_tail(CLI::App& events, int& result);

}  // namespace usermeta
