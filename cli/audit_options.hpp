#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <CLI/App.hpp>

#include "proof/signing_key.hpp"

namespace usermeta {

struct AuditOptions {
  std::string key;  // a file; "": DATA/audit.key
  std::uint64_t checkpoint_events = 10'000;
  double checkpoint_seconds = 1;
};

void add_audit_options(CLI::App& command, AuditOptions& options);
// The key's alone, for commands.
void add_audit_key_option(CLI::App& command, AuditOptions& options);

// The private key that signs the transparency log; without --audit-key the one in the data directory, which
// is made when it is missing. Throws std::runtime_error that names the file.
SigningKey make_audit_key(const AuditOptions& options, const std::filesystem::path& data);
// The same, but one that is missing stays so.
SigningKey read_audit_key(const AuditOptions& options, const std::filesystem::path& data);

}  // namespace usermeta
