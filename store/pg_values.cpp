#include "store/pg_values.hpp"

#include <array>
#include <charconv>

namespace usermeta {
namespace {

// Type oids (src/include/catalog/pg_type.dat).
constexpr std::int32_t kByteaOid = 17;
constexpr std::int32_t kInt8Oid = 20;
constexpr std::int32_t kInt2Oid = 21;
constexpr std::int32_t kTextOid = 25;
constexpr std::int32_t kTimestamptzOid = 1184;

// Timestamps are microseconds since 2000-01-01 UTC.
constexpr Time kEpoch = std::chrono::sys_days{std::chrono::January / 1 / 2000};

template <class Integer>
void put(std::string& out, Integer value) {
  std::array<char, sizeof value> bytes;
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> 8 * (sizeof value - 1 - i) & 0xFF);
  out.append(bytes.data(), bytes.size());
}

template <class Integer>
Integer get(const char* bytes) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Integer>(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}

constexpr std::size_t kArrayHeader = 20;

void begin_array(std::string& out, std::int32_t element_type, std::size_t length) {
  put<std::int32_t>(out, length == 0 ? 0 : 1);
  put<std::int32_t>(out, 0);
  put(out, element_type);
  if (length == 0) return;
  put(out, static_cast<std::int32_t>(length));
  put<std::int32_t>(out, 1);
}

template <class Integer>
void put_integers(std::string& out, std::int32_t type, const std::vector<Integer>& values) {
  out.reserve(out.size() + kArrayHeader + values.size() * (sizeof(std::int32_t) + sizeof(Integer)));
  begin_array(out, type, values.size());
  for (const Integer value : values) {
    put(out, static_cast<std::int32_t>(sizeof value));
    put(out, value);
  }
}

void put_strings(std::string& out, std::int32_t type, const std::vector<std::string_view>& values) {
  std::size_t bytes = kArrayHeader;
  for (const std::string_view value : values) bytes += 4 + value.size();
  out.reserve(out.size() + bytes);
  begin_array(out, type, values.size());
  for (const std::string_view value : values) {
    put(out, static_cast<std::int32_t>(value.size()));
    out += value;
  }
}

}  // namespace

PgParams& PgParams::int8(std::int64_t value) {
  put(bytes_, value);
  return end_value();
}
PgParams& PgParams::text(std::string_view value) {
  bytes_ += value;
  return end_value();
}
PgParams& PgParams::bytes(std::string_view value) {
  return text(value);
}
PgParams& PgParams::time(Time value) {
  return int8((value - kEpoch).count());
}

PgParams& PgParams::int8s(const std::vector<std::int64_t>& values) {
  put_integers(bytes_, kInt8Oid, values);
  return end_value();
}
PgParams& PgParams::int2s(const std::vector<std::int16_t>& values) {
  put_integers(bytes_, kInt2Oid, values);
  return end_value();
}
PgParams& PgParams::texts(const std::vector<std::string_view>& values) {
  put_strings(bytes_, kTextOid, values);
  return end_value();
}
PgParams& PgParams::byteas(const std::vector<std::string_view>& values) {
  put_strings(bytes_, kByteaOid, values);
  return end_value();
}
PgParams& PgParams::times(const std::vector<Time>& values) {
  std::vector<std::int64_t> micros;
  micros.reserve(values.size());
  for (const Time value : values) micros.push_back((value - kEpoch).count());
  put_integers(bytes_, kTimestamptzOid, micros);
  return end_value();
}

PgParams& PgParams::end_value() {
  lengths_.push_back(static_cast<int>(bytes_.size() - ended_));
  ended_ = bytes_.size();
  return *this;
}

std::vector<const char*> PgParams::pointers() const {
  std::vector<const char*> pointers;
  pointers.reserve(size());
  const char* next = bytes_.data();
  for (const int length : lengths_) {
    pointers.push_back(next);
    next += length;
  }
  return pointers;
}

std::int64_t PgRows::changed() const {
  const std::string_view text = result_ ? PQcmdTuples(result_.get()) : "";
  std::int64_t rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

std::int64_t PgRows::int8(int row, int column) const {
  return get<std::int64_t>(PQgetvalue(result_.get(), row, column));
}
std::int16_t PgRows::int2(int row, int column) const {
  return get<std::int16_t>(PQgetvalue(result_.get(), row, column));
}
std::string_view PgRows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
Time PgRows::time(int row, int column) const {
  return kEpoch + std::chrono::microseconds{int8(row, column)};
}

}  // namespace usermeta
