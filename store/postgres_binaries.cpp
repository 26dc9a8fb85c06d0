#include "store/postgres_binaries.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include "store/child_process.hpp"

namespace usermeta {

namespace {

namespace fs = std::filesystem;

// "postgres (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)" -> 15; 0 when it is no such line.
int parse_major(const std::string& line) {
  constexpr std::string_view before = "(PostgreSQL) ";
  const auto at = line.find(before);
  if (at == std::string::npos) return 0;
  int major = 0;
  const char* first = line.data() + at + before.size();
  std::from_chars(first, line.data() + line.size(), major);
  return major;
}

std::optional<PostgresBinaries> look_into(const fs::path& directory) {
  for (const char* program : {"postgres", "initdb"}) {
    if (::access((directory / program).c_str(), X_OK) != 0) return std::nullopt;
  }
  const auto answer = run({{(directory / "postgres").string(), "--version"}, OsUser{}, "/", true});
  const int major = answer.status == 0 ? parse_major(answer.output) : 0;
  if (major == 0) return std::nullopt;
  return PostgresBinaries{directory, major};
}

std::vector<fs::path> usual_places() {
  std::vector<fs::path> places;
  std::error_code error;
  // Debian keeps every major version in a folder of its own, outside $PATH.
  for (fs::directory_iterator it("/usr/lib/postgresql", error), end; !error && it != end;
       it.increment(error)) {
    places.push_back(it->path() / "bin");
  }
  places.emplace_back("/usr/local/pgsql/bin");
  if (const char* variable = std::getenv("PATH")) {
    std::istringstream path(variable);
    for (std::string directory; std::getline(path, directory, ':');) {
      if (!directory.empty() && directory.front() == '/') places.emplace_back(directory);
    }
  }
  return places;
}

}  // namespace

PostgresBinaries find_postgres_binaries(const std::optional<fs::path>& chosen,
                                        std::optional<int> cluster_major) {
  std::vector<PostgresBinaries> found;
  for (const auto& place : chosen ? std::vector<fs::path>{fs::absolute(*chosen)} : usual_places()) {
    if (auto binaries = look_into(place)) found.push_back(std::move(*binaries));
  }
  if (found.empty()) {
    throw std::runtime_error((chosen
                                  ? "no PostgreSQL server programs (postgres, initdb) in " + chosen->string()
                                  : std::string("no PostgreSQL server programs found")) +
                             ": install package postgresql-15, or name a database with --database-url");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.major > b.major; });
  if (!cluster_major) return found.front();
  for (const auto& binaries : found) {
    if (binaries.major == *cluster_major) return binaries;
  }
  throw std::runtime_error("the data directory's cluster was made by PostgreSQL " +
                           std::to_string(*cluster_major) + ", but only version " +
                           std::to_string(found.front().major) +
                           " is installed: install package postgresql-" + std::to_string(*cluster_major) +
                           ", or move the cluster with pg_upgrade");
}

}  // namespace usermeta
