#include "cli/events.hpp"

#include "cli/events_publish.hpp"
#include "cli/events_tail.hpp"

namespace usermeta {

void add_events(CLI::App& app, int& result) {
  CLI::App* events = app.add_subcommand("events", "The log of what happened");
  events->require_subcommand(1);
  add_events_tail(*events, result);
  add_events_publish(*events, result);
}

}  // namespace usermeta
