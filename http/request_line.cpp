#include "http/request_line.hpp"

#include <algorithm>

namespace usermeta {

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string origin_form(std::string_view target) {
  if (target.starts_with('/')) return std::string(target);
  const std::string start = lower_case(target.substr(0, 8));
  const std::size_t scheme = start.starts_with("http://") ? 7 : start == "https://" ? 8 : 0;
  if (scheme == 0) return std::string(target);
  const std::string_view rest = target.substr(scheme);
  const std::string_view path = rest.substr(std::min(rest.find_first_of("/?"), rest.size()));
  return path.starts_with('/') ? std::string(path) : '/' + std::string(path);
}

bool names_a_version(std::string_view header) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view line = header.substr(0, header.find("\r\n"));
  // A target with a space in it is what is wrong then, not the version.
  if (line.size() < 9 || std::ranges::count(line, ' ') != 2) return false;
  const std::string_view version = line.substr(line.size() - 9);
  return version.starts_with(" HTTP/") && digit(version[6]) && version[7] == '.' && digit(version[8]);
}

bool names_another_protocol(std::string_view header) {
  const std::string_view line = header.substr(0, header.find("\r\n"));
  if (std::ranges::count(line, ' ') != 2 || line.ends_with(' ')) return false;
  const char first = line[line.rfind(' ') + 1];
  return first != 'H' && first != 'h';
}

}  // namespace usermeta
