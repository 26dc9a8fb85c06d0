#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>

#include "cli/call_metrics.hpp"
#include "cli/process_usage.hpp"
#include "store/pg_connection_counts.hpp"
#include "store/writer.hpp"
#include "stream/publisher.hpp"

namespace usermeta {

// What is read at the time of a look, from those who know it.
struct Standing {
  Writer::Figures writer;
  Position read_model = 0;          // the checkpoint of the users' metadata
  bool read_model_stopped = false;  // at an event that it cannot apply
  Position audit_log = 0;           // the one of the transparency log
  bool audit_log_stopped = false;   // it cannot go on
  std::uint64_t refused = 0;        // requests, for want of room
  std::size_t http_connections = 0;
  std::size_t followers = 0;  // of the log
  ProcessUsage process;
  std::optional<Publisher::Figures> publisher = {};  // when there is one
};

// What operators see of the service at GET /debug/metrics. What happens often is counted as it happens; what
// has a state is read when somebody looks.
//
// Threads: any.
class Metrics {
 public:
  Metrics();

  void on_call(const CallRecord& call) { calls_.count(call); }
  // As Writer::Options::on_batch.
  void on_batch(std::size_t events, std::chrono::steady_clock::duration time);
  // For all who connect to PostgreSQL.
  const std::shared_ptr<PgConnectionCounts>& postgres() const { return postgres_; }

  // All of it in Prometheus' text format, version 0.0.4.
  std::string text(const Standing& now) const;

 private:
  prometheus::Registry registry_;
  CallMetrics calls_;
  prometheus::Histogram& batches_;
  prometheus::Histogram& commits_;
  const std::shared_ptr<PgConnectionCounts> postgres_ = std::make_shared<PgConnectionCounts>();
};

}  // namespace usermeta
