#include "commands/name.hpp"

#include <cstdint>
#include <locale.h>
#include <stdexcept>
#include <wctype.h>

namespace usermeta {
namespace {

// The C library's Unicode tables; the program's own locale does not matter.
locale_t unicode() {
  static const locale_t locale = [] {
    const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (!made) throw std::runtime_error("the C library has no locale C.UTF-8; names cannot be compared");
    return made;
  }();
  return locale;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace

std::string fold_name(std::string_view utf8) {
  std::string folded;
  folded.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i++]);
    std::uint32_t c = lead;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (more > 0) c = lead & (0x3FU >> more);
    for (int k = 0; k < more && i < utf8.size(); ++k)
      c = c << 6 | (static_cast<unsigned char>(utf8[i++]) & 0x3FU);
    append_utf8(folded, static_cast<std::uint32_t>(towlower_l(static_cast<wint_t>(c), unicode())));
  }
  return folded;
}

Name user_name_claim(std::string_view user_name) {
  return {"user", fold_name(user_name)};
}
Name org_name_claim(std::string_view name) {
  return {"org", fold_name(name)};
}

}  // namespace usermeta
