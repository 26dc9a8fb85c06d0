#include "store/postgres_settings.hpp"

#include <algorithm>
#include <fstream>
#include <unistd.h>

namespace usermeta {

namespace {

// What the machine has, or what the container may use of it (cgroup v2).
std::uint64_t memory_bytes() {
  auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
               static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  std::uint64_t limit = 0;
  // The file says "max" when there is no limit.
  if (limit_file >> limit && limit > 0) bytes = std::min(bytes, limit);
  return bytes;
}

// A value in postgresql.conf's quotes.
std::string in_quotes(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += c;
    text += c;
  }
  return text + "'";
}

}  // namespace

PostgresSettings default_settings(const std::string& socket_directory, int major) {
  return {
      {"listen_addresses", ""},
      {"port", "5432"},
      {"unix_socket_directories", "\"" + socket_directory + "\""},
      {"unix_socket_permissions", "0700"},
      {"max_connections", "100"},
      {"timezone", "UTC"},
      {"jit", "off"},
      // An answer is sent after a durable commit; all three are promises.
      {"fsync", "on"},
      {"full_page_writes", "on"},
      {"synchronous_commit", "on"},
      // Few checkpoints: every one makes the next change of each page ten times as long in the WAL.
      {"max_wal_size", "4GB"},
      {"min_wal_size", "512MB"},
      {"checkpoint_timeout", "15min"},
      {"checkpoint_completion_target", "0.9"},
      // Of whole pages, after a checkpoint. pglz, which is all that 14 has, takes several times as long.
      {"wal_compression", major >= 15 ? "lz4" : "on"},
      {"shared_buffers", std::to_string(shared_buffers_megabytes(memory_bytes())) + "MB"},
      // Append-only tables are vacuumed for their inserts (visibility map, freezing in small steps), and the
      // one row that every append moves is looked at often. In no hurry: commands wait for a core meanwhile.
      {"autovacuum_naptime", "20s"},
      {"autovacuum_vacuum_scale_factor", "0.05"},
      {"autovacuum_vacuum_insert_scale_factor", "0.1"},
      {"autovacuum_analyze_scale_factor", "0.05"},
      // To standard error, which is the log file: it also has what goes wrong before a collector could start.
      // Terse and without statements, because those may hold users' values.
      {"logging_collector", "off"},
      {"log_destination", "stderr"},
      {"log_min_messages", "warning"},
      {"log_min_error_statement", "panic"},
      {"log_error_verbosity", "terse"},
      {"log_checkpoints", "off"},
      {"log_line_prefix", "%m [%p] "},
      {"log_timezone", "UTC"},
      {"lc_messages", "C.UTF-8"},
  };
}

std::uint64_t shared_buffers_megabytes(std::uint64_t memory_bytes) {
  return std::clamp<std::uint64_t>(memory_bytes / 8 / (1024 * 1024), 128, 4096);
}

std::string settings_text(const PostgresSettings& own, const PostgresSettings& extra) {
  std::string text =
      "# Written by usermeta at each start: changes here are lost. Settings of your own belong into\n"
      "# postgresql.auto.conf (ALTER SYSTEM), which is read after this.\n";
  for (const auto* settings : {&own, &extra}) {
    for (const auto& [name, value] : *settings) text += name + " = " + in_quotes(value) + "\n";
  }
  return text;
}

std::string last_line(std::string_view output) {
  while (!output.empty() && (output.back() == '\n' || output.back() == ' ')) output.remove_suffix(1);
  const auto start = output.rfind('\n');
  return std::string(start == std::string_view::npos ? output : output.substr(start + 1));
}

}  // namespace usermeta
