#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "store/child_process.hpp"
#include "store/postgres_binaries.hpp"
#include "store/postgres_settings.hpp"

namespace usermeta {

// Where an embedded cluster's parts are, below a data directory's absolute path:
//
//   postgres/         the cluster (PGDATA, mode 0700, PostgreSQL's user's); usermeta.conf in it has our
//   settings postgres.new.*    a cluster that initdb is still making; what a killed one left is removed run/
//   the server's socket, mode 0700, PostgreSQL's user's postgres.log      what the server says, mode 0600;
//   postgres.log.1 what it said before
//
// A plain value; may be used by any thread.
struct ClusterLayout {
  explicit ClusterLayout(std::filesystem::path data_directory) : data(std::move(data_directory)) {}

  std::filesystem::path data;

  std::filesystem::path cluster() const { return data / "postgres"; }
  std::filesystem::path log() const { return data / "postgres.log"; }
  // run/, or a directory below /tmp when a socket in run/ could not be named: its path is bounded at 107
  // bytes by the kernel, and libpq takes a comma for the end of a host.
  std::filesystem::path sockets() const;
  // libpq's conninfo for that database as the cluster's owner.
  std::string connection_string(const std::string& database = "usermeta") const;
  // The PostgreSQL version that made the cluster; nothing when there is no cluster yet.
  std::optional<int> major() const;
};

// Makes everything ready for a start of the server: the cluster (initdb, some seconds, when there is none),
// owners and modes, the socket directory, the settings. Blocks. `extra` comes after our own settings, so it
// wins. Throws std::runtime_error whose message names the thing and the way out.
void prepare_cluster(const ClusterLayout& layout, const PostgresBinaries& binaries, const OsUser& user,
                     const PostgresSettings& extra);

}  // namespace usermeta
