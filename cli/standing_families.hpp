#pragma once

#include <prometheus/metric_family.h>
#include <vector>

#include "cli/metrics.hpp"

namespace usermeta {

// What has a state, as Prometheus has it.
void add_families(std::vector<prometheus::MetricFamily>& all, const Standing& now,
                  const PgConnectionCounts& postgres);

}  // namespace usermeta
