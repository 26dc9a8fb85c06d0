#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace usermeta {

// A file that is there under its name only when it is complete. What is no file, a pipe or a device, is
// written to and stays what it is; "-" is standard output. Throws std::runtime_error that names the file.
class WholeFile {
 public:
  explicit WholeFile(const std::string& name);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void write(std::string_view text);
  void finish();

 private:
  std::string name_;
  std::string part_;
  std::FILE* file_ = stdout;
};

}  // namespace usermeta
