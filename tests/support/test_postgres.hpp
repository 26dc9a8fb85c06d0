#pragma once

#include <string>

#include "store/postgres_settings.hpp"

namespace usermeta {

// A new, empty database for one test, as a libpq conninfo. It is in the cluster that USERMETA_TEST_POSTGRES
// (a conninfo) names, which ctest starts once for all test processes; without that variable, in a throw-away
// cluster that this process starts at the first call. Databases and cluster go when the process exits. For
// the test's main thread. Throws std::runtime_error.
std::string fresh_database();

// Settings of throw-away clusters: nothing in them has to survive a power cut.
PostgresSettings throw_away_settings();

}  // namespace usermeta
