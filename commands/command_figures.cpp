#include "commands/command_figures.hpp"

#include "commands/command_handler.hpp"

namespace usermeta {

// Walks over all that is pending rather than counting along: it is bounded, and asked for now and then.
CommandFigures CommandHandler::figures() const {
  CommandFigures figures;
  const auto add = [](CommandFigures::Load& load, const auto& commands) {
    for (const auto& pending : commands) {
      if (pending->answered) continue;
      ++load.commands;
      load.bytes += pending->bytes;
    }
  };
  add(figures.queued, queue_);
  add(figures.queued, forming_);
  for (const std::deque<Flight>* flights : {&in_flight_, &unknown_})
    for (const Flight& flight : *flights) add(figures.in_flight, flight.commands);
  figures.since = since_;
  figures.cache_bytes = cache_.bytes();
  figures.cache_entries = cache_.size();
  figures.head = known_.position;
  return figures;
}

}  // namespace usermeta
