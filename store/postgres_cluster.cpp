#include "store/postgres_cluster.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

#include "events/digest.hpp"
#include "events/hex.hpp"
#include "store/data_directory.hpp"
#include "store/postgres_settings.hpp"

namespace usermeta {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view new_prefix = "postgres.new.";
constexpr std::string_view settings_name = "usermeta.conf";

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

bool is_plain(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+@ ").find(c) != std::string_view::npos;
  });
}

void give_to(const fs::path& path, const OsUser& user) {
  if (user.switches && ::lchown(path.c_str(), user.uid, user.gid) != 0) fail("chown " + path.string(), errno);
}

// After a restore from a backup, or under a user id that a new container image gave to `postgres`, the files
// belong to someone else. The top goes last, so that a chown that was cut short is done again.
void give_tree_to(const fs::path& top, const OsUser& user) {
  struct stat status {};
  if (::lstat(top.c_str(), &status) != 0) fail("stat " + top.string(), errno);
  if (status.st_uid == user.uid) return;
  if (!user.switches) {
    throw std::runtime_error(
        top.string() +
        " belongs to another user: run usermeta as that user or as root, or choose another --data");
  }
  for (const auto& entry : fs::recursive_directory_iterator(top)) give_to(entry.path(), user);
  give_to(top, user);
}

// PostgreSQL's user must pass through the data directory, but has nothing to read in it.
void open_the_way(const fs::path& data, const OsUser& user) {
  if (!user.switches) return;
  const auto closed = first_closed_directory(user, data);
  if (closed.empty()) return;
  if (closed == data) {
    struct stat status {};
    if (::stat(data.c_str(), &status) != 0) fail("stat " + data.string(), errno);
    if (::chown(data.c_str(), static_cast<uid_t>(-1), user.gid) != 0 ||
        ::chmod(data.c_str(), (status.st_mode & 07777) | S_IXGRP) != 0) {
      fail("open " + data.string() + " for user " + user.name, errno);
    }
    if (first_closed_directory(user, data).empty()) return;
  }
  throw std::runtime_error("user " + user.name + ", which PostgreSQL runs as, cannot enter " +
                           closed.string() + ": choose another --data than " + data.string());
}

// A directory of mode 0700 that is the user's: made, or found as it should be. The path may be one that
// others can write to (/tmp), so one that is somebody else's is not taken.
void make_private_directory(const fs::path& path, const OsUser& user) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail("create " + path.string(), errno);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) fail("stat " + path.string(), errno);
  if (!S_ISDIR(status.st_mode) || (status.st_uid != user.uid && status.st_uid != ::geteuid())) {
    throw std::runtime_error("socket directory " + path.string() +
                             " belongs to someone else: remove it, or choose another --data");
  }
  if (::chmod(path.c_str(), 0700) != 0) fail("chmod " + path.string(), errno);
  give_to(path, user);
}

void remove_unfinished(const fs::path& data) {
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(data)) {
    if (entry.path().filename().string().starts_with(new_prefix)) unfinished.push_back(entry.path());
  }
  std::error_code ignored;
  for (const auto& path : unfinished) fs::remove_all(path, ignored);
}

// initdb works in a directory of its own that becomes the cluster in one step when it is whole.
void create_cluster(const ClusterLayout& layout, const PostgresBinaries& binaries, const OsUser& user,
                    bool sync) {
  remove_unfinished(layout.data);
  std::string fresh = (layout.data / new_prefix).string() + "XXXXXX";
  if (!::mkdtemp(fresh.data())) {
    throw std::runtime_error("data directory " + layout.data.string() + " is not writable (" +
                             std::generic_category().message(errno) + "): choose another --data");
  }
  give_to(fresh, user);
  // Trust: only root and the server's own user can reach the socket (its directory is 0700), and both can
  // read the cluster's files anyway. There is no TCP.
  std::vector<std::string> argv = {(binaries.directory / "initdb").string(),
                                   "--pgdata=" + fresh,
                                   "--username=usermeta",
                                   "--auth=trust",
                                   "--encoding=UTF8",
                                   "--locale=C.UTF-8",
                                   "--data-checksums",
                                   "--no-instructions"};
  if (!sync) argv.emplace_back("--no-sync");
  const auto result = run({argv, user, layout.data, true});
  if (result.status != 0) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw std::runtime_error("initdb could not make a cluster in " + layout.data.string() + " (" +
                             describe_exit(result.status) + "): " + last_line(result.output));
  }
  fs::rename(fresh, layout.cluster());
  sync_directory(layout.data);
}

void write_settings(const ClusterLayout& layout, const OsUser& user, const PostgresSettings& extra) {
  const auto own = layout.cluster() / settings_name;
  replace_file(own,
               settings_text(default_settings(layout.sockets().string(), layout.major().value_or(0)), extra),
               0600);
  give_to(own, user);
  const auto main = layout.cluster() / "postgresql.conf";
  std::ifstream in(main);
  if (!in) throw std::runtime_error("cannot read " + main.string() + ": restore it from a backup");
  std::string text(std::istreambuf_iterator<char>(in), {});
  const auto include = "include = '" + std::string(settings_name) + "'\n";
  if (text.ends_with("\n" + include)) return;
  if (!text.empty() && text.back() != '\n') text += '\n';
  replace_file(main, text + include, 0600);
  give_to(main, user);
}

}  // namespace

fs::path ClusterLayout::sockets() const {
  auto usual = data / "run";
  constexpr std::size_t longest_socket_path = 107;  // sun_path of unix(7) less its NUL
  if ((usual / ".s.PGSQL.5432").string().size() <= longest_socket_path && is_plain(usual.string()))
    return usual;
  const auto digest = sha256(data.string());
  return fs::path("/tmp") / ("usermeta-" + to_hex({reinterpret_cast<const char*>(digest.data()), 8}));
}

std::string ClusterLayout::connection_string(const std::string& database) const {
  // Everything that libpq would otherwise take from the environment and that decides where it goes.
  return "host='" + sockets().string() + "' hostaddr='' port=5432 dbname='" + database + "' user=usermeta";
}

std::optional<int> ClusterLayout::major() const {
  std::error_code error;
  if (!fs::exists(cluster(), error) && !error) return std::nullopt;
  std::ifstream file(cluster() / "PG_VERSION");
  int version = 0;
  if (!(file >> version)) {
    throw std::runtime_error(cluster().string() +
                             " is not a readable PostgreSQL cluster (PG_VERSION): run usermeta as the user "
                             "who made it, restore it from a backup, or choose another --data");
  }
  return version;
}

void prepare_cluster(const ClusterLayout& layout, const PostgresBinaries& binaries, const OsUser& user,
                     const PostgresSettings& extra) {
  open_the_way(layout.data, user);
  const bool sync = std::none_of(extra.begin(), extra.end(), [](const auto& setting) {
    return setting.first == "fsync" && setting.second == "off";
  });
  if (!layout.major()) create_cluster(layout, binaries, user, sync);
  give_tree_to(layout.cluster(), user);
  make_private_directory(layout.sockets(), user);
  write_settings(layout, user, extra);
}

}  // namespace usermeta
