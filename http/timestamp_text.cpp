#include "http/timestamp_text.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace usermeta {
namespace {

constexpr std::int64_t first_second = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t last_second = 253402300799;   // 9999-12-31T23:59:59Z
constexpr std::int32_t nanos_a_second = 1000000000;

// Takes a text apart from its front. Once something does not fit, `ok` stays false.
struct Reader {
  std::string_view rest;
  bool ok = true;

  bool take(char c) {
    const bool there = !rest.empty() && rest.front() == c;
    if (there) rest.remove_prefix(1);
    return there;
  }
  void expect(char c) { ok = take(c) && ok; }

  bool at_digit() const { return !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; }

  int digits(std::size_t count, int highest) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!at_digit()) {
        ok = false;
        return 0;
      }
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    ok = ok && value <= highest;
    return value;
  }

  std::int32_t fraction() {
    if (!take('.')) return 0;
    ok = ok && at_digit();
    std::int32_t nanos = 0;
    for (std::int32_t unit = nanos_a_second / 10; unit > 0 && at_digit(); unit /= 10) {
      nanos += unit * (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return nanos;
  }

  // Seconds east of UTC.
  std::int64_t offset() {
    if (take('Z')) return 0;
    const bool west = take('-');
    if (!west) expect('+');
    const int hours = digits(2, 23);
    expect(':');
    const int minutes = digits(2, 59);
    const std::int64_t seconds = hours * 3600 + minutes * 60;
    return west ? -seconds : seconds;
  }
};

// Writes digits to where they go.
struct Digits {
  char* at;

  void put(unsigned value, std::size_t count) {
    for (std::size_t i = count; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
    at += count;
  }
  void put(char c) { *at++ = c; }
};

}  // namespace

bool is_timestamp(const google::protobuf::Timestamp& instant) {
  return instant.seconds() >= first_second && instant.seconds() <= last_second && instant.nanos() >= 0 &&
         instant.nanos() < nanos_a_second;
}

bool parse_timestamp(std::string_view text, google::protobuf::Timestamp& into) {
  Reader reader{text};
  const std::chrono::year year{reader.digits(4, 9999)};
  reader.expect('-');
  const std::chrono::month month{static_cast<unsigned>(reader.digits(2, 12))};
  reader.expect('-');
  const std::chrono::day day{static_cast<unsigned>(reader.digits(2, 31))};
  reader.expect('T');
  const int hours = reader.digits(2, 23);
  reader.expect(':');
  const int minutes = reader.digits(2, 59);
  reader.expect(':');
  const int seconds = reader.digits(2, 59);
  const std::int32_t nanos = reader.fraction();
  const std::int64_t offset = reader.offset();
  const std::chrono::year_month_day date{year, month, day};
  if (!reader.ok || !reader.rest.empty() || !date.ok()) return false;

  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t instant = days * 86400 + hours * 3600 + minutes * 60 + seconds - offset;
  if (instant < first_second || instant > last_second) return false;
  into.set_seconds(instant);
  into.set_nanos(nanos);
  return true;
}

void append_timestamp(const google::protobuf::Timestamp& instant, std::string& out) {
  if (!is_timestamp(instant)) throw std::out_of_range("a timestamp outside the years 0001 to 9999");
  const std::chrono::sys_seconds time{std::chrono::seconds{instant.seconds()}};
  const std::chrono::sys_days midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const auto second_of_day = static_cast<unsigned>((time - midnight).count());

  std::array<char, sizeof "0001-01-01T00:00:00.000000000Z"> text;
  Digits digits{text.data()};
  digits.put(static_cast<unsigned>(static_cast<int>(date.year())), 4);
  digits.put('-');
  digits.put(static_cast<unsigned>(date.month()), 2);
  digits.put('-');
  digits.put(static_cast<unsigned>(date.day()), 2);
  digits.put('T');
  digits.put(second_of_day / 3600, 2);
  digits.put(':');
  digits.put(second_of_day / 60 % 60, 2);
  digits.put(':');
  digits.put(second_of_day % 60, 2);
  if (const auto nanos = static_cast<unsigned>(instant.nanos()); nanos > 0) {
    digits.put('.');
    if (nanos % 1000000 == 0) {
      digits.put(nanos / 1000000, 3);
    } else if (nanos % 1000 == 0) {
      digits.put(nanos / 1000, 6);
    } else {
      digits.put(nanos, 9);
    }
  }
  digits.put('Z');
  out.append(text.data(), digits.at);
}

}  // namespace usermeta
