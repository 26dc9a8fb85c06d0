#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace usermeta {

// A PostgreSQL server's programs.
struct PostgresBinaries {
  std::filesystem::path directory;  // holds `postgres` and `initdb`
  int major = 0;                    // 15, 17, ...
};

// Looks in `chosen` when given, otherwise where Debian and others put PostgreSQL and in $PATH, and returns
// the newest, or the one of version `cluster_major` when a cluster exists already. Throws std::runtime_error
// that says what to install when there is none, or none of that version. Runs `postgres --version`; blocks
// for milliseconds.
PostgresBinaries find_postgres_binaries(const std::optional<std::filesystem::path>& chosen,
                                        std::optional<int> cluster_major);

}  // namespace usermeta
