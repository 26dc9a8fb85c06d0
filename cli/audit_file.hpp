#pragma once

#include <functional>
#include <string>
#include <vector>

#include "projections/audit_verification.hpp"

namespace usermeta {

// The note of an export's header. Throws std::runtime_error when the file cannot be read or is no export.
std::string note_of_export(const std::string& file);

// Checks the export of that name (see proof/audit_export) against its checkpoint and the old ones that the
// caller has. Throws NotSigned, and std::runtime_error when the file cannot be read or tells nothing of an
// old one.
Verdict verify_export(const std::string& name, const VerifierKey& key, const std::vector<Checkpoint>& old,
                      const std::function<void(Position done, Position of)>& progress);

}  // namespace usermeta
