#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "store/file_descriptor.hpp"

namespace usermeta {

// An account that child processes run as.
struct OsUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
  std::vector<gid_t> groups;
  // False when the child just stays what this process is.
  bool switches = false;
};

// Who PostgreSQL runs as: user `postgres` when this process is root (PostgreSQL refuses to run as root),
// oneself otherwise. Throws std::runtime_error when there is no user `postgres`.
OsUser postgres_user();

struct Program {
  std::vector<std::string> argv;  // argv[0] is the program's path
  OsUser user;
  std::filesystem::path working_directory = "/";
  // What dies with the thread that started it is killed when that thread ends; the rest outlives this
  // process.
  bool dies_with_parent = false;
};

// A child that runs: its id, and a descriptor that becomes readable when it ends (pidfd_open(2)).
struct ChildProcess {
  pid_t pid = -1;
  FileDescriptor pidfd;
};

// Starts the command in a session of its own (a Ctrl-C in our terminal is not for it) with its standard input
// empty, its output in `output`, none of our other descriptors, default signal handling and a small
// environment. Returns when the program was executed. May be called from any thread. Throws
// std::runtime_error that names the program and the reason.
ChildProcess spawn(const Program& command, int output);

// A descriptor for a process (pidfd_open(2)), whoever's child it is; none when there is no such process.
FileDescriptor open_process(pid_t pid);
// Sends a signal to the process that the descriptor stands for; harmless when it has ended.
void signal_process(const FileDescriptor& process, int number);

struct Finished {
  int status = 0;      // as of wait(2)
  std::string output;  // standard output and error
};

// Runs the command to its end; blocks. Throws as spawn does.
Finished run(const Program& command);

// How a process ended, for a log line: "exit status 1", "signal 9".
std::string describe_exit(int wait_status);

// The outermost directory on the way to `directory` (itself included) that the user cannot enter, or an empty
// path.
std::filesystem::path first_closed_directory(const OsUser& user, const std::filesystem::path& directory);

}  // namespace usermeta
