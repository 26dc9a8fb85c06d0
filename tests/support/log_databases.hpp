#pragma once

#include <memory>
#include <string>

#include "store/pg_pipeline.hpp"
#include "support/log_contract.hpp"

namespace usermeta {

std::unique_ptr<LogDatabase> memory_log_database(boost::asio::io_context& context);
// A fresh database with the tables of the log.
std::unique_ptr<LogDatabase> postgres_log_database(boost::asio::io_context& context);

// A fresh database with all tables, as a conninfo.
std::string migrated_database();

inline auto every_log_database() {
  return testing::Values(LogKind{"Memory", &memory_log_database},
                         LogKind{"Postgres", &postgres_log_database});
}
inline std::string name_of_log_database(const testing::TestParamInfo<LogKind>& info) {
  return info.param.name;
}

}  // namespace usermeta
