#include "fuzz/fuzz.hpp"
#include "http/request_line.hpp"
#include "http/target.hpp"

using namespace usermeta;

namespace {

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    (out += '%') += digits[byte >> 4];
    out += digits[byte & 15U];
  }
  return out;
}

}  // namespace

// A request's target: path and query.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  const std::string origin = origin_form(text);
  fuzz::check(origin.size() <= text.size() + 1 && origin_form(origin) == origin,
              "the form is reached at once");
  const Target target = split_target(text);
  fuzz::check(!target.path.empty() && target.path.find_first_of("?#") == target.path.npos, "a path is one");
  fuzz::check(target.query.empty() || target.query.size() < size, "nothing is made up");
  if (const auto plain = percent_decode(text)) {
    fuzz::check(plain->size() <= size && is_utf8(*plain), "what is decoded is shorter, and UTF-8");
  }
  const auto again = percent_decode(escaped(text));
  fuzz::check(again.has_value() == is_utf8(text) && (!again || *again == text), "any text can be escaped");
  std::size_t bytes = 0;
  const auto pairs = parse_query(target.query);
  for (const auto& [name, value] : pairs.value_or(decltype(pairs)::value_type())) {
    fuzz::check(is_utf8(name) && is_utf8(value), "a query is UTF-8");
    bytes += name.size() + value.size();
  }
  fuzz::check(bytes <= target.query.size(), "a query does not grow");
  names_a_version(text);
  names_another_protocol(text);
  return 0;
}
