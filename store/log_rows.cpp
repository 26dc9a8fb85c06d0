#include "store/log_rows.hpp"

#include <algorithm>
#include <cstring>

namespace usermeta {

Recorded recorded_at(const PgRows& rows, int row, int first) {
  Recorded event;
  event.position = rows.int8(row, first);
  event.aggregate = {aggregate_type_of(rows.bytes(row, first + 1)), rows.text(row, first + 2)};
  event.sequence = rows.int8(row, first + 3);
  event.type = rows.text(row, first + 4);
  event.revision = rows.int2(row, first + 5);
  event.created_at = rows.time(row, first + 6);
  event.creator = rows.text(row, first + 7);
  event.owner = rows.text(row, first + 8);
  event.payload = rows.text(row, first + 9);
  event.salt = salt_of(rows.bytes(row, first + 10));
  event.origin = {rows.text(row, first + 11), rows.text(row, first + 12), rows.text(row, first + 13)};
  return event;
}

Head head_at(const PgRows& rows, int row) {
  return {rows.int8(row, 0), salt_of(rows.bytes(row, 1)), rows.time(row, 2)};
}

AggregateType aggregate_type_of(std::string_view name) {
  const auto type = find_aggregate_type(name);
  if (!type) throw UnreadableEvent("unknown aggregate type " + std::string(name));
  return *type;
}

Salt salt_of(std::string_view bytes) {
  Salt salt{};
  std::memcpy(salt.data(), bytes.data(), std::min(bytes.size(), salt.size()));
  return salt;
}

std::string_view bytes_of(const Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

}  // namespace usermeta
