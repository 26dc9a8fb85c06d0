#pragma once

#include <filesystem>

#include "store/file_descriptor.hpp"

namespace usermeta {

// A directory that belongs to one usermeta instance. It is ours when it holds the marker `usermeta.json`:
//
//   usermeta.json   {"product":"usermeta","format":1}: says that the directory is ours and how to read it
//   lock            held (flock) by the process that serves from here; holds its pid as text
//   postgres/       the embedded PostgreSQL's cluster (see store/postgres_cluster.hpp), with run/ and
//   postgres.log
//   admin.pat       the first administrator's token, mode 0600
//   audit.key       the private key that signs the transparency log, mode 0600
//   audit.checkpoint  the newest checkpoint of it that was seen signed
//
// Every refusal is a std::runtime_error whose one-line message names the directory and the way out.
// An object is used by one thread at a time.
class DataDirectory {
 public:
  // For the service: creates `path` when it is missing, claims it when it is empty, opens it when it is ours.
  // Throws when it is something else's, made by a newer usermeta, or not to be read or written.
  static DataDirectory create_or_open(const std::filesystem::path& path);

  // For operators' commands: opens a directory that is ours already; changes nothing and needs no lock.
  static DataDirectory open(const std::filesystem::path& path);

  // Takes the lock until this object (or the process) ends. Throws when another process has it; the message
  // has that process's id.
  void lock();
  bool locked() const { return static_cast<bool>(lock_); }

  // Absolute, without symbolic links.
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit DataDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  FileDescriptor lock_;
};

// Replaces `file` by one with `content` and that mode in one step, durably: whoever opens it sees the old
// bytes or the new ones, also after a crash. Throws std::system_error.
void replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode);

// Makes a rename or a new name in `directory` durable. Throws std::system_error.
void sync_directory(const std::filesystem::path& directory);

}  // namespace usermeta
