#include "store/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>

namespace usermeta {

namespace {

namespace fs = std::filesystem;

// What the child tells about a step that failed, over the pipe that exec closes.
struct SpawnFailure {
  int step = 0;
  int error = 0;
};
enum SpawnStep { step_become, step_directory, step_execute };

constexpr int report_fd = 3;

void close_from(unsigned first) {
  if (::close_range(first, ~0U, 0) == 0) return;
  // A sandbox may not know the call.
  const auto limit = ::sysconf(_SC_OPEN_MAX);
  for (long fd = first; fd < (limit > 0 ? limit : 1024); ++fd) ::close(static_cast<int>(fd));
}

bool become(const OsUser& user) {
  if (!user.switches) return true;
  return ::setgroups(user.groups.size(), user.groups.data()) == 0 && ::setgid(user.gid) == 0 &&
         ::setuid(user.uid) == 0;
}

void reset_signals() {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2}) {
    ::signal(number, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Everything that the child needs, made before the fork: other threads may hold the allocator's lock then, so
// the child may only make calls that are safe in a signal handler.
struct Prepared {
  std::vector<char*> argv;
  std::vector<char*> environment;
};

[[noreturn]] void run_child(const Program& command, const Prepared& prepared, int output, int report,
                            pid_t parent) {
  const auto fail = [](int step) {
    const SpawnFailure failure{step, errno};
    [[maybe_unused]] const auto written = ::write(report_fd, &failure, sizeof failure);
    ::_exit(127);
  };
  // Moved out of the way first, so that no dup2 hits a descriptor that is still needed.
  const int safe_output = ::fcntl(output, F_DUPFD, 10);
  const int safe_report = ::fcntl(report, F_DUPFD, 10);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(safe_output, STDOUT_FILENO);
  ::dup2(safe_output, STDERR_FILENO);
  ::dup2(safe_report, report_fd);
  close_from(report_fd + 1);
  ::fcntl(report_fd, F_SETFD, FD_CLOEXEC);
  ::setsid();
  reset_signals();
  ::umask(0077);
  if (!become(command.user)) fail(step_become);
  // After the change of user, which would clear it.
  if (command.dies_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
  }
  if (::chdir(command.working_directory.c_str()) != 0) fail(step_directory);
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  fail(step_execute);
  ::_exit(127);
}

std::string describe(const SpawnFailure& failure, const Program& command) {
  const auto why = std::generic_category().message(failure.error);
  if (failure.step == step_become) return "cannot run as user " + command.user.name + ": " + why;
  if (failure.step == step_directory) {
    return "user " + command.user.name + " cannot enter " + command.working_directory.string() + ": " + why;
  }
  return "cannot run " + command.argv.front() + ": " + why;
}

OsUser lookup(const passwd& entry, bool switches) {
  OsUser user{entry.pw_uid, entry.pw_gid, entry.pw_name, {}, switches};
  int count = 64;
  user.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
    user.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count);
  }
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

}  // namespace

OsUser postgres_user() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::geteuid() == 0) {
    ::getpwnam_r("postgres", &entry, buffer.data(), buffer.size(), &found);
    if (!found) {
      throw std::runtime_error(
          "there is no user `postgres` to run PostgreSQL as (it refuses to run as root): install package "
          "postgresql-15, or name a database with --database-url");
    }
    return lookup(*found, true);
  }
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found) return lookup(*found, false);
  return OsUser{::geteuid(), ::getegid(), std::to_string(::geteuid()), {}, false};
}

ChildProcess spawn(const Program& command, int output) {
  // Little enough that nothing of the caller's (PGOPTIONS, LD_PRELOAD, locale) changes what PostgreSQL does.
  const std::array<std::string, 4> environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8",
                                                  "HOME=" + command.working_directory.string(), "TZ=UTC"};
  Prepared prepared;
  for (const auto& argument : command.argv) prepared.argv.push_back(const_cast<char*>(argument.c_str()));
  for (const auto& variable : environment)
    prepared.environment.push_back(const_cast<char*>(variable.c_str()));
  prepared.argv.push_back(nullptr);
  prepared.environment.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  FileDescriptor report(ends[0]);
  FileDescriptor report_writer(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) run_child(command, prepared, output, report_writer.get(), parent);
  report_writer.reset();

  SpawnFailure failure;
  ssize_t length = 0;
  do {
    length = ::read(report.get(), &failure, sizeof failure);
  } while (length < 0 && errno == EINTR);
  if (length == static_cast<ssize_t>(sizeof failure)) {
    ::waitpid(pid, nullptr, 0);
    throw std::runtime_error(describe(failure, command));
  }
  ChildProcess child{pid, open_process(pid)};
  if (!child.pidfd) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  return child;
}

// By number: glibc 2.36's <sys/pidfd.h> does not declare its functions for C++.
FileDescriptor open_process(pid_t pid) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void signal_process(const FileDescriptor& process, int number) {
  ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0);
}

Finished run(const Program& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const auto child = spawn(command, writer.get());
  writer.reset();
  Finished finished;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto length = ::read(reader.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    finished.output.append(buffer.data(), static_cast<std::size_t>(length));
  }
  while (::waitpid(child.pid, &finished.status, 0) < 0 && errno == EINTR) {
  }
  return finished;
}

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status)) return "signal " + std::to_string(WTERMSIG(wait_status));
  return "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

fs::path first_closed_directory(const OsUser& user, const fs::path& directory) {
  fs::path step;
  for (const auto& part : directory) {
    step /= part;
    // Asked of the kernel, as that user: mode bits alone do not know access lists.
    const auto answer = run({{"/usr/bin/test", "-x", step.string()}, user, "/", true});
    if (answer.status != 0) return step;
  }
  return {};
}

}  // namespace usermeta
