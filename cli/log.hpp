#pragma once

#include <memory>
#include <string>

#include <spdlog/logger.h>

namespace usermeta {

// The program's own log, on standard error: one line an entry, as text or as JSON. Thread-safe. Throws
// std::runtime_error for an unknown format or level.
std::shared_ptr<spdlog::logger> make_log(const std::string& format, const std::string& level);

}  // namespace usermeta
