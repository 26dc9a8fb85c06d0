#pragma once

#include <string>

#include <libpq-fe.h>

namespace usermeta {

// Begins to connect, as PQconnectStart does: to a database by libpq's keywords or URI, with settings
// ("-c name=value ...") for the session, which speaks UTF-8 and UTC. Null when memory is short.
PGconn* start_connect(const std::string& conninfo, const std::string& application_name,
                      const std::string& settings);

// One of libpq's messages without line feeds: it ends them with one, and may send several lines.
std::string one_line(const char* message);

// What libpq says of a connection that failed.
std::string trouble_of(const PGconn* connection);

}  // namespace usermeta
