#include "http/request_line.hpp"

#include <algorithm>

#include "http/message.hpp"

namespace usermeta {

std::string origin_form(std::string_view target) {
  if (target.starts_with('/')) return std::string(target);
  std::string_view rest;
  if (equals_ignoring_case(target.substr(0, 7), "http://"))
    rest = target.substr(7);
  else if (equals_ignoring_case(target.substr(0, 8), "https://"))
    rest = target.substr(8);
  else
    return std::string(target);
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
