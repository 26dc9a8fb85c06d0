#pragma once

#include "commands/aggregate_cache.hpp"
#include "commands/decision.hpp"

namespace usermeta {

// Applies the rule of that command to the aggregates that it needs, which must all be in the cache.
Decision decide(const CommandRequest& request, const AggregateCache& aggregates, Time now,
                const std::vector<Name>& taken);

}  // namespace usermeta
