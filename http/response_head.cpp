#include "http/response_head.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace usermeta {
namespace {

// RFC 9110 section 15. Clients must not read the phrase; people do.
constexpr std::array<std::pair<unsigned, std::string_view>, 23> reasons{{
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

std::string_view reason(unsigned status) {
  for (const auto& [known, phrase] : reasons) {
    if (known == status) return phrase;
  }
  return "";
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_two_digits(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10 % 10);
  out += static_cast<char>('0' + number % 10);
}

void append_fields(std::string& out, const Fields& fields) {
  for (const auto& [name, value] : fields) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
}

// Up to what is said of the body and the connection.
std::string begun_head(const HttpResponse& response, std::chrono::system_clock::time_point now) {
  std::string head;
  head.reserve(512);
  head += "HTTP/1.1 ";
  append_number(head, response.status);
  head += ' ';
  head += reason(response.status);
  head += "\r\nDate: ";
  append_date(head, now);
  head += "\r\n";
  append_fields(head, response.fields);
  return head;
}

}  // namespace

// IMF-fixdate (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". By hand, for strftime and its
// time zones would be a tenth of a small request's cost.
void append_date(std::string& out, std::chrono::system_clock::time_point now) {
  constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  out += weekdays.substr(3 * std::chrono::weekday(day).c_encoding(), 3);
  out += ", ";
  append_two_digits(out, static_cast<unsigned>(date.day()));
  out += ' ';
  out += months.substr(3 * (static_cast<unsigned>(date.month()) - 1), 3);
  out += ' ';
  append_two_digits(out, year / 100);
  append_two_digits(out, year % 100);
  out += ' ';
  append_two_digits(out, static_cast<unsigned>(time.hours().count()));
  out += ':';
  append_two_digits(out, static_cast<unsigned>(time.minutes().count()));
  out += ':';
  append_two_digits(out, static_cast<unsigned>(time.seconds().count()));
  out += " GMT";
}

bool has_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string response_head(const HttpResponse& response, Persistence persistence,
                          std::chrono::system_clock::time_point now) {
  std::string head = begun_head(response, now);
  if (has_body(response.status) && !response.trailers.empty()) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (has_body(response.status)) {
    head += "Content-Length: ";
    append_number(head, response.body.size());
    head += "\r\n";
  }
  if (persistence == Persistence::close) head += "Connection: close\r\n";
  if (persistence == Persistence::keep_said) head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

std::string streamed_head(const HttpResponse& response, bool chunked,
                          std::chrono::system_clock::time_point now) {
  std::string head = begun_head(response, now);
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  head += "Connection: close\r\n\r\n";
  return head;
}

void append_chunk(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;
  std::array<char, 16> digits;
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr);
  out += "\r\n";
  out += bytes;
  out += "\r\n";
}

void append_last_chunk(std::string& out, const Fields& trailers) {
  out += "0\r\n";
  append_fields(out, trailers);
  out += "\r\n";
}

std::string chunked_body(const HttpResponse& response) {
  std::string body;
  body.reserve(response.body.size() + 256);
  append_chunk(body, response.body);
  append_last_chunk(body, response.trailers);
  return body;
}

}  // namespace usermeta
