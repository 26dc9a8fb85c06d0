#include "cli/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace usermeta {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// proc(5): /proc/self/statm has sizes in pages, the whole one and then the resident one.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t whole = 0;
  std::uint64_t resident = 0;
  if (!(file >> whole >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Without the one that looks.
std::uint64_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<std::uint64_t>(std::distance(begin(all), end(all))) - 1;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage result;
  result.resident_bytes = resident_bytes();
  result.open_descriptors = open_descriptors();
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    result.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) result.most_descriptors = limit.rlim_cur;
  return result;
}

}  // namespace usermeta
