#include "store/data_directory.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

#include <boost/json.hpp>

namespace usermeta {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view marker_name = "usermeta.json";
constexpr std::int64_t format = 1;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw std::runtime_error("data directory " + path.string() + " " + why);
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void refuse_not_writable(const fs::path& path, int error) {
  refuse(path, "is not writable (" + reason(error) +
                   "): give it to the user who runs usermeta, or choose another --data");
}

fs::path absolute_path(const fs::path& path) {
  if (path.empty()) throw std::runtime_error("the data directory's path is empty: name one with --data");
  for (const char c : path.string()) {
    // PostgreSQL keeps the path in files of one line an entry.
    if (static_cast<unsigned char>(c) < 0x20)
      refuse(path, "has a control character in its path: choose another --data");
  }
  std::error_code error;
  auto result = fs::weakly_canonical(fs::absolute(path), error);
  if (error) refuse(path, "cannot be reached (" + error.message() + "): choose another --data");
  // A trailing slash leaves an empty last component.
  return result.has_filename() ? result : result.parent_path();
}

// Creates what is missing of `path`. As root every new directory can be passed through, whatever the umask
// says, because PostgreSQL runs as another user; otherwise the data directory itself is the user's alone.
void create_missing(const fs::path& path) {
  fs::path step;
  for (const auto& part : path) {
    step /= part;
    if (::mkdir(step.c_str(), 0777) != 0) {
      const int error = errno;
      std::error_code ignored;
      if (fs::exists(step, ignored)) continue;
      refuse(path, "cannot be created (" + step.string() + ": " + reason(error) + "): choose another --data");
    }
    if (::geteuid() == 0) {
      fs::permissions(step, fs::perms(0755));
    } else if (step == path) {
      fs::permissions(step, fs::perms(0700));
    }
  }
}

// Whether nothing but what any file system or a first start that was cut short leaves behind is there.
bool holds_nothing(const fs::path& path) {
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    if (name != "lost+found" && name != "lock" && name != std::string(marker_name) + ".new") return false;
  }
  if (error) refuse(path, "cannot be read (" + error.message() + "): choose another --data");
  return true;
}

// The marker's content, or nothing when there is no marker.
std::optional<std::string> read_marker(const fs::path& path) {
  std::error_code error;
  const bool there = fs::exists(path / marker_name, error);
  if (error)
    refuse(path, "cannot be entered (" + error.message() +
                     "): run this as the user who runs the service, or choose another --data");
  if (!there) return std::nullopt;
  std::ifstream file(path / marker_name);
  if (!file)
    refuse(path,
           "cannot be read (" + std::string(marker_name) + "): run this as the user who runs the service");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void check_marker(const fs::path& path, const std::string& text) {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* version = object ? object->if_contains("format") : nullptr;
  if (!version || !version->is_int64()) {
    refuse(path, "has a damaged " + std::string(marker_name) + ": restore it, or choose another --data");
  }
  if (version->as_int64() != format) {
    refuse(path, "has format " + std::to_string(version->as_int64()) + ", this usermeta knows format " +
                     std::to_string(format) + ": run the usermeta that made it, or choose another --data");
  }
}

void require_directory(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    refuse(path, "does not exist: name an existing one with --data");
  if (error) refuse(path, "cannot be reached (" + error.message() + "): choose another --data");
  if (!fs::is_directory(status)) refuse(path, "is not a directory: choose another --data");
}

std::string read_owner(int fd) {
  std::array<char, 24> text{};
  const auto length = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string owner(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!owner.empty() && owner.back() == '\n') owner.pop_back();
  return owner;
}

}  // namespace

DataDirectory DataDirectory::create_or_open(const fs::path& path) {
  const auto where = absolute_path(path);
  create_missing(where);
  require_directory(where);
  if (const auto marker = read_marker(where)) {
    check_marker(where, *marker);
    return DataDirectory(where);
  }
  if (!holds_nothing(where)) {
    refuse(where, "holds something else (it is not empty and has no " + std::string(marker_name) +
                      "): choose another --data");
  }
  const boost::json::object marker{{"product", "usermeta"}, {"format", format}};
  try {
    replace_file(where / marker_name, boost::json::serialize(marker) + "\n", 0644);
  } catch (const std::system_error& error) {
    refuse_not_writable(where, error.code().value());
  }
  return DataDirectory(where);
}

DataDirectory DataDirectory::open(const fs::path& path) {
  const auto where = absolute_path(path);
  require_directory(where);
  const auto marker = read_marker(where);
  if (!marker)
    refuse(where,
           "is not usermeta's (it has no " + std::string(marker_name) + "): name the service's with --data");
  check_marker(where, *marker);
  return DataDirectory(where);
}

void DataDirectory::lock() {
  if (lock_) return;
  FileDescriptor fd(::open((path_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) refuse_not_writable(path_, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      refuse(path_, "cannot be locked (" + reason(errno) + "): choose another --data");
    const auto owner = read_owner(fd.get());
    refuse(path_, "is in use by " + (owner.empty() ? "another process" : "process " + owner) +
                      ": stop that one, or choose another --data");
  }
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), text.data(), text.size(), 0) < 0) {
    refuse_not_writable(path_, errno);
  }
  lock_ = std::move(fd);
}

void replace_file(const fs::path& file, std::string_view content, mode_t mode) {
  const auto fail = [&](const char* what) {
    throw std::system_error(errno, std::generic_category(), std::string(what) + " " + file.string());
  };
  auto temporary = file;
  temporary += ".new";
  ::unlink(temporary.c_str());
  FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) fail("create");
  while (!content.empty()) {
    const auto written = ::write(fd.get(), content.data(), content.size());
    if (written < 0) fail("write");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) fail("write");
  if (::rename(temporary.c_str(), file.c_str()) != 0) fail("rename");
  sync_directory(file.parent_path());
}

void sync_directory(const fs::path& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) {
    throw std::system_error(errno, std::generic_category(), "sync " + directory.string());
  }
}

}  // namespace usermeta
