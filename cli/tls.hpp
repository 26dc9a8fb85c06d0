#pragma once

#include <memory>

#include <spdlog/logger.h>

#include "cli/options.hpp"
#include "http/tls.hpp"

namespace usermeta {

// What --tls-cert and --tls-key ask for: nothing without them. Throws std::runtime_error, whose what() names
// the option, the file and the way out.
std::unique_ptr<Tls> make_tls(const ServeOptions& options);

// Reads the files again (`tls` may be nothing), and says in the log what came of it. Any thread.
void reload_tls(Tls* tls, spdlog::logger& log);

}  // namespace usermeta
