#pragma once

#include <functional>
#include <string>
#include <vector>

#include "projections/audit_verification.hpp"

namespace usermeta {

// The log of a service, over HTTP.
struct LogUrl {
  std::string url;    // "http://HOST:PORT" or "https://...", as clients reach the service
  std::string token;  // for the entries; "": only the hashes are looked at
};

// Its newest checkpoint, a signed note. Throws std::runtime_error that names the URL.
std::string note_at(const LogUrl& log);

// Checks its hashes, and with a token its entries, against the checkpoint of that note and the old ones that
// the caller has. Payloads are not to be had there: of them it says nothing. Throws the same, and NotSigned.
Verdict verify_url(const LogUrl& log, const std::string& note, const VerifierKey& key,
                   const std::vector<Checkpoint>& old,
                   const std::function<void(Position done, Position of)>& progress);

}  // namespace usermeta
