#pragma once

#include <string>
#include <vector>

namespace usermeta {

// Brings the database's schema (PostgreSQL schema `usermeta`) to what this program needs: applies the
// numbered files of store/migrations that it does not have yet, each in a transaction, under a lock that
// keeps other processes waiting. Blocks; for the program's start. Throws std::runtime_error with a message
// that names the database and the way out: it cannot be reached, is no UTF-8 database, or has a schema newer
// than this program's.
void migrate(const std::string& conninfo);

// The same check without changing anything, for commands that only read: throws when the schema is another
// one.
void check_schema(const std::string& conninfo);

// What an operator should change in the server's settings, a sentence each; empty for the embedded one.
std::vector<std::string> settings_to_mind(const std::string& conninfo);

// The conninfo without its password, for messages.
std::string without_password(const std::string& conninfo);

}  // namespace usermeta
