#pragma once

#include <CLI/App.hpp>

namespace usermeta {

// usermeta events publish
void add_events_publish(CLI::App& events, int& result);

}  // namespace usermeta
