#pragma once

#include <cstddef>
#include <cstdint>

#include "events/recorded.hpp"

namespace usermeta {

// What a command handler has to do, and what it has done: for whoever watches it.
struct CommandFigures {
  // Commands that are not answered yet, and their bytes, as they count for Options::pending_bytes.
  struct Load {
    std::size_t commands = 0;
    std::size_t bytes = 0;
  };
  // Counted since its beginning.
  struct Since {
    std::uint64_t refused = 0;    // commands that submit did not take
    std::uint64_t conflicts = 0;  // batches that missed: another process was faster
    std::uint64_t retried = 0;    // commands that were decided again for that
    // An aggregate that a command needs was in memory, all that is needed of it; or some of it was not.
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
  };

  Load queued;     // in no batch yet
  Load in_flight;  // in a batch whose outcome is not known
  Since since;
  std::size_t cache_bytes = 0;
  std::size_t cache_entries = 0;
  Position head = 0;  // of the log, as far as it is known for sure
};

}  // namespace usermeta
