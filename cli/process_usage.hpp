#pragma once

#include <cstdint>

namespace usermeta {

// What this process takes of the machine, as Linux tells it.
struct ProcessUsage {
  std::uint64_t resident_bytes = 0;
  double cpu_seconds = 0;  // user and system, since it began
  std::uint64_t open_descriptors = 0;
  std::uint64_t most_descriptors = 0;  // that it may open
};

// Now. What /proc does not tell stays 0.
ProcessUsage process_usage();

}  // namespace usermeta
