#include "store/pg_connect.hpp"

#include <algorithm>
#include <array>

namespace usermeta {

PGconn* start_connect(const std::string& conninfo, const std::string& application_name,
                      const std::string& settings) {
  const std::string options = settings + " -c timezone=UTC -c client_encoding=UTF8";
  const std::array keywords{"dbname", "application_name", "options", static_cast<const char*>(nullptr)};
  const std::array values{conninfo.c_str(), application_name.c_str(), options.c_str(),
                          static_cast<const char*>(nullptr)};
  PGconn* connection = PQconnectStartParams(keywords.data(), values.data(), 1);
  // libpq would print warnings and notices to stderr.
  if (connection)
    PQsetNoticeProcessor(
        connection, [](void*, const char*) {}, nullptr);
  return connection;
}

std::string one_line(const char* message) {
  std::string line = message ? message : "";
  while (line.ends_with('\n')) line.pop_back();
  std::ranges::replace(line, '\n', ' ');
  return line;
}

std::string trouble_of(const PGconn* connection) {
  return one_line(PQerrorMessage(connection));
}

}  // namespace usermeta
