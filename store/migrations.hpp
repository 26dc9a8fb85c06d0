#pragma once

#include <span>
#include <string_view>

namespace usermeta {

struct Migration {
  std::string_view name;  // of its file, without the ending
  std::string_view sql;
};

// The files of store/migrations in the order of their numbers; the n-th brings the schema to version n. They
// are compiled in (see CMakeLists.txt), and never change once released.
extern const std::span<const Migration> kMigrations;

}  // namespace usermeta
