#include "store/postmaster.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <vector>

namespace usermeta {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The arguments that a process was started with. Backends overwrite theirs ("postgres: checkpointer"), the
// postmaster keeps them; unlike /proc/PID/cwd they may be read without tracing rights.
std::vector<std::string> arguments_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

// Whether the process is a postmaster of that cluster: a process id in postmaster.pid alone may be anything
// by now.
bool serves(pid_t pid, const fs::path& cluster) {
  struct stat cluster_status {};
  struct stat process_status {};
  if (::stat(cluster.c_str(), &cluster_status) != 0) return false;
  if (::stat(("/proc/" + std::to_string(pid)).c_str(), &process_status) != 0) return false;
  if (process_status.st_uid != cluster_status.st_uid) return false;
  const auto arguments = arguments_of(pid);
  if (arguments.size() < 3 || fs::path(arguments[0]).filename() != "postgres") return false;
  return arguments[1] == "-D" && arguments[2] == cluster.string();
}

bool is_readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

// PostgreSQL takes a lock file whose process id is alive for a running server. In containers ids come round
// quickly, so a file whose id is another program's by now is taken away. Backends of a dead server that still
// use the cluster are found by PostgreSQL through the shared memory all the same.
void remove_misleading_lock(const fs::path& file, const fs::path& cluster) {
  pid_t pid = 0;
  if (!(std::ifstream(file) >> pid) || pid <= 0) return;
  if (::kill(pid, 0) == 0 && !serves(pid, cluster)) ::unlink(file.c_str());
}

}  // namespace

std::optional<PostmasterFile> read_postmaster_file(const fs::path& cluster) {
  std::ifstream in(cluster / "postmaster.pid");
  if (!in) {
    if (errno == ENOENT) return std::nullopt;
    throw std::runtime_error("cannot look into " + cluster.string() + " (" +
                             std::generic_category().message(errno) +
                             "): run this as root or as the user who runs the service");
  }
  PostmasterFile file;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (number == 1) file.pid = static_cast<pid_t>(std::strtol(line.c_str(), nullptr, 10));
    if (number == 8) file.status = line.substr(0, line.find(' '));
  }
  return file;
}

Postmaster Postmaster::start(const ClusterLayout& layout, const PostgresBinaries& binaries,
                             const OsUser& user) {
  remove_misleading_lock(layout.cluster() / "postmaster.pid", layout.cluster());
  remove_misleading_lock(layout.sockets() / ".s.PGSQL.5432.lock", layout.cluster());
  const FileDescriptor log(
      ::open(layout.log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log) {
    throw std::runtime_error("cannot write " + layout.log().string() + ": " +
                             std::generic_category().message(errno));
  }
  const Program command{
      {(binaries.directory / "postgres").string(), "-D", layout.cluster().string()}, user, layout.data};
  return Postmaster(layout.cluster(), spawn(command, log.get()));
}

std::optional<Postmaster> Postmaster::find(const ClusterLayout& layout) {
  const auto file = read_postmaster_file(layout.cluster());
  if (!file || file->pid <= 0) return std::nullopt;
  // The descriptor first: what is looked at after it is the process that it stands for, or one that has
  // ended.
  auto pidfd = open_process(file->pid);
  if (!pidfd || !serves(file->pid, layout.cluster()) || is_readable(pidfd.get())) return std::nullopt;
  return Postmaster(layout.cluster(), {file->pid, std::move(pidfd)});
}

bool Postmaster::is_ready() const {
  const auto file = read_postmaster_file(cluster_);
  return file && file->pid == pid() && file->status == "ready" && !has_ended();
}

bool Postmaster::has_ended() const {
  return is_readable(pidfd());
}

Postmaster::State Postmaster::wait_ready(int interrupt, const std::function<void()>& progress) const {
  // The server writes every change of its state to postmaster.pid.
  const FileDescriptor changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const bool watching =
      changes && ::inotify_add_watch(changes.get(), cluster_.c_str(), IN_MODIFY | IN_CREATE | IN_DELETE) >= 0;
  // A user has only so many watches; without one the file is looked at.
  constexpr milliseconds between_looks{100};
  constexpr milliseconds between_reports{10'000};
  auto next_report = steady_clock::now() + between_reports;
  while (true) {
    if (has_ended()) return State::dead;
    if (is_ready()) return State::ready;
    const auto now = steady_clock::now();
    if (now >= next_report) {
      progress();
      next_report = now + between_reports;
    }
    std::array<pollfd, 3> fds{{{interrupt, POLLIN, 0}, {pidfd(), POLLIN, 0}, {changes.get(), POLLIN, 0}}};
    const auto left = watching ? std::chrono::ceil<milliseconds>(next_report - now) : between_looks;
    if (::poll(fds.data(), fds.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (fds[0].revents != 0) return State::interrupted;
    std::array<char, 4096> discarded{};
    while (::read(changes.get(), discarded.data(), discarded.size()) > 0) {
    }
  }
}

Postmaster::State Postmaster::wait_end(int interrupt, milliseconds limit) const {
  const auto end = steady_clock::now() + limit;
  while (true) {
    const auto left = std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end - steady_clock::now()));
    std::array<pollfd, 2> fds{{{interrupt, POLLIN, 0}, {pidfd(), POLLIN, 0}}};
    const int count = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "poll");
    if (fds[1].revents != 0) return State::dead;
    if (fds[0].revents != 0) return State::interrupted;
    if (count == 0) return State::ready;
  }
}

void Postmaster::signal(int number) const {
  signal_process(process_.pidfd, number);
}

std::string Postmaster::reap() const {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
    return "cause unknown: it was not our child";
  }
  if (info.si_code == CLD_EXITED) return "exit status " + std::to_string(info.si_status);
  return "signal " + std::to_string(info.si_status);
}

}  // namespace usermeta
