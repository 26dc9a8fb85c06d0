#include "cli/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "cli/standing_families.hpp"

namespace usermeta {

Metrics::Metrics()
    : calls_(registry_),
      batches_(
          prometheus::BuildHistogram()
              .Name("usermeta_batch_events")
              .Help("Events of a batch that was written; 0: commands that changed nothing were confirmed.")
              .Register(registry_)
              .Add({}, prometheus::Histogram::BucketBoundaries{0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000,
                                                               2000, 5000, 10'000})),
      commits_(prometheus::BuildHistogram()
                   .Name("usermeta_commit_duration_seconds")
                   .Help("From the append of a batch with events to its commit, with the wait for the batch "
                         "before it.")
                   .Register(registry_)
                   .Add({}, prometheus::Histogram::BucketBoundaries{0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                                                    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                                    1, 2.5, 5})) {}

void Metrics::on_batch(std::size_t events, std::chrono::steady_clock::duration time) {
  batches_.Observe(static_cast<double>(events));
  if (events > 0) commits_.Observe(std::chrono::duration<double>(time).count());
}

std::string Metrics::text(const Standing& now) const {
  auto families = registry_.Collect();
  add_families(families, now, *postgres_);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace usermeta
