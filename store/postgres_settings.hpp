#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usermeta {

// Server settings by name, as in postgresql.conf; values without quotes.
using PostgresSettings = std::vector<std::pair<std::string, std::string>>;

// What the embedded server of that major version runs with on this machine; its socket is in
// `socket_directory`.
PostgresSettings default_settings(const std::string& socket_directory, int major);

// An eighth of the memory, between 128 MB and 4 GB.
std::uint64_t shared_buffers_megabytes(std::uint64_t memory_bytes);

// A file for postgresql.conf to include. What comes later wins.
std::string settings_text(const PostgresSettings& own, const PostgresSettings& extra);

// The last line of a program's output that says something; empty when there is none.
std::string last_line(std::string_view output);

}  // namespace usermeta
