#include "cli/whole_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace usermeta {
namespace {

bool is_other_than_file(const std::string& name) {
  std::error_code unknown;
  return std::filesystem::exists(name, unknown) && !std::filesystem::is_regular_file(name, unknown);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

WholeFile::WholeFile(const std::string& name)
    : name_(name), part_(is_other_than_file(name) ? name : name + ".part") {
  if (name != "-") file_ = std::fopen(part_.c_str(), "w");
  if (!file_) fail("cannot open " + part_);
}

WholeFile::~WholeFile() {
  if (file_ && file_ != stdout) std::fclose(file_);
}

void WholeFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail("cannot write " + part_);
}

void WholeFile::finish() {
  if (std::fflush(file_) != 0) fail("cannot write " + part_);
  if (file_ == stdout) return;
  const bool whole = part_ != name_;
  if (whole && ::fsync(::fileno(file_)) != 0) fail("cannot write " + part_);
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail("cannot write " + part_);
  if (whole) std::filesystem::rename(part_, name_);
}

}  // namespace usermeta
