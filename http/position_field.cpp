#include "http/position_field.hpp"

#include "events/moment.hpp"

namespace usermeta {

std::variant<std::optional<Position>, Failure> position_asked_for(const Fields& fields) {
  const auto text = fields.find(kPositionField);
  if (!text) return std::nullopt;
  if (const auto moment = parse_moment(*text))
    if (const auto* position = std::get_if<Position>(&*moment)) return *position;
  return Failure{kInvalidArgument, {}, "x-usermeta-position must be a position of the log, as a number"};
}

}  // namespace usermeta
