#include "projections/event_filter.hpp"

#include <algorithm>

namespace usermeta {

bool EventFilter::matches(const Recorded& event) const {
  if (!types.empty() && std::ranges::find(types, event.type) == types.end()) return false;
  if (!org.empty() && event.owner != org) return false;
  return user.empty() || (event.aggregate.type == AggregateType::user && event.aggregate.id == user);
}

}  // namespace usermeta
