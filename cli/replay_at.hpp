#pragma once

#include <string>

#include "events/moment.hpp"

namespace usermeta {

// Writes the read model as it was at that moment of the log in the database `conninfo`: to a file with one
// JSON object a line ("-": standard output), or, when `to` begins with postgresql:// or postgres://, to that
// database as tables of the schema usermeta_replay. All of it, or nothing; the way there is shown on standard
// error. Throws std::exception.
void replay_at(const std::string& conninfo, Moment moment, const std::string& to);

}  // namespace usermeta
