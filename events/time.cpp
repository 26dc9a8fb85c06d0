#include "events/time.hpp"

#include <iterator>

namespace usermeta {
namespace {

// Reads exactly `digits` decimal digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take_char(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// The fraction of a second in microseconds; zero when there is none.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return std::chrono::microseconds{0};
  text.remove_prefix(1);
  int micros = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
    if (digits < 6) micros = micros * 10 + (text[digits] - '0');
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 6; ++i) micros *= 10;
  text.remove_prefix(digits);
  return std::chrono::microseconds{micros};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take_char(text, "Zz")) return std::chrono::minutes{0};
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take_char(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take_char(text, ":")) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

// So many decimal digits; by hand, for printf is a tenth of what it takes to write an event down.
void append_number(std::string& text, int number, std::size_t digits) {
  const std::size_t begin = text.size();
  text.resize(begin + digits);
  for (std::size_t at = begin + digits; at-- > begin; number /= 10)
    text[at] = static_cast<char>('0' + number % 10);
}

}  // namespace

Time current_time() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool has_rfc3339(Time time) {
  using namespace std::chrono;
  constexpr Time first = sys_days{year{1} / January / 1}, behind = sys_days{year{10000} / January / 1};
  return time >= first && time < behind;
}

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string text;
  text.reserve(std::size("2025-03-25T09:53:35.832000Z"));
  append_number(text, static_cast<int>(date.year()), 4);
  append_number(text += '-', static_cast<int>(static_cast<unsigned>(date.month())), 2);
  append_number(text += '-', static_cast<int>(static_cast<unsigned>(date.day())), 2);
  append_number(text += 'T', static_cast<int>(clock.hours().count()), 2);
  append_number(text += ':', static_cast<int>(clock.minutes().count()), 2);
  append_number(text += ':', static_cast<int>(clock.seconds().count()), 2);
  const auto micros = static_cast<int>(clock.subseconds().count());
  if (micros % 1000 != 0)
    append_number(text += '.', micros, 6);
  else if (micros != 0)
    append_number(text += '.', micros / 1000, 3);
  return text += 'Z';
}

std::optional<Time> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_number(text, 4);
  if (!y || *y == 0 || !take_char(text, "-")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take_char(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take_char(text, "Tt")) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  const auto hh = take_number(text, 2);
  if (!hh || *hh > 23 || !take_char(text, ":")) return std::nullopt;
  const auto mm = take_number(text, 2);
  if (!mm || *mm > 59 || !take_char(text, ":")) return std::nullopt;
  const auto ss = take_number(text, 2);
  if (!ss || *ss > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Time time = sys_days{date} + hours{*hh} + minutes{*mm} + seconds{*ss} + *fraction - *offset;
  return has_rfc3339(time) ? std::optional(time) : std::nullopt;
}

}  // namespace usermeta
