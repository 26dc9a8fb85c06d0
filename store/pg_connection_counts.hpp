#pragma once

#include <atomic>
#include <cstdint>

namespace usermeta {

// How some connections to PostgreSQL stand, all together. Any thread.
struct PgConnectionCounts {
  std::atomic<int> connecting{0};
  std::atomic<int> open{0};
  // Since the start: open ones that were lost, and attempts that failed. Not those that we closed ourselves.
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> failed{0};
};

}  // namespace usermeta
