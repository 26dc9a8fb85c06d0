#include "cli/standing_families.hpp"

#include <algorithm>
#include <string>

namespace usermeta {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// One series: its label's value, "" for none, and its value.
struct Series {
  std::string label;
  double value;
};

class Families {
 public:
  explicit Families(std::vector<MetricFamily>& all) : all_(all) {}

  template <class Number>
  void gauge(const char* name, const char* help, Number value) {
    add(MetricType::Gauge, name, help, "", {{"", static_cast<double>(value)}});
  }
  template <class Number>
  void counter(const char* name, const char* help, Number value) {
    add(MetricType::Counter, name, help, "", {{"", static_cast<double>(value)}});
  }
  void gauges(const char* name, const char* help, const char* label, const std::vector<Series>& series) {
    add(MetricType::Gauge, name, help, label, series);
  }

 private:
  void add(MetricType type, const char* name, const char* help, const char* label,
           const std::vector<Series>& all) {
    MetricFamily family{name, help, type, {}};
    for (const Series& series : all) {
      ClientMetric metric;
      if (*label) metric.label.push_back({label, series.label});
      // The one that the type names is read.
      metric.gauge.value = metric.counter.value = series.value;
      family.metric.push_back(std::move(metric));
    }
    all_.push_back(std::move(family));
  }

  std::vector<MetricFamily>& all_;
};

void add_commands(Families& families, const CommandFigures& commands) {
  families.gauge("usermeta_commands_queued", "Commands that wait for a batch.", commands.queued.commands);
  families.gauge("usermeta_commands_queued_bytes", "Bytes of the commands that wait for a batch.",
                 commands.queued.bytes);
  families.gauge("usermeta_commands_in_flight", "Commands in batches that are being committed.",
                 commands.in_flight.commands);
  families.gauge("usermeta_commands_in_flight_bytes", "Bytes of the commands that are being committed.",
                 commands.in_flight.bytes);
  families.counter("usermeta_commands_refused_total", "Commands that were too many to be queued.",
                   commands.since.refused);
  families.counter("usermeta_conflicts_total",
                   "Batches that were not written because another process had appended.",
                   commands.since.conflicts);
  families.counter("usermeta_commands_retried_total", "Commands that were decided again after a conflict.",
                   commands.since.retried);
  families.counter("usermeta_cache_hits_total", "Aggregates that a command needed and that were in memory.",
                   commands.since.cache_hits);
  families.counter("usermeta_cache_misses_total", "Aggregates that a command needed and that were loaded.",
                   commands.since.cache_misses);
  families.gauge("usermeta_cache_bytes", "Size of the aggregates in memory, estimated.",
                 commands.cache_bytes);
  families.gauge("usermeta_cache_entries", "Aggregates in memory.", commands.cache_entries);
}

// The read model is asked for first, so what it is behind is never less than it was.
void add_projections(Families& families, const Standing& now) {
  const Position head = now.writer.commands.head;
  const auto lag = [&](Position checkpoint) {
    return static_cast<double>(std::max<Position>(head - checkpoint, 0));
  };
  const Position read_model = now.read_model;
  const Position directory = now.writer.observed;
  families.gauge("usermeta_log_position", "The log's head, as far as this process knows it.", head);
  families.gauges("usermeta_projection_position", "The checkpoint: all up to here has been taken in.",
                  "projection",
                  {{"user_metadata", static_cast<double>(read_model)},
                   {"directory", static_cast<double>(directory)},
                   {"audit_log", static_cast<double>(now.audit_log)}});
  families.gauges(
      "usermeta_projection_lag_events", "Events between the checkpoint and the log's head.", "projection",
      {{"user_metadata", lag(read_model)}, {"directory", lag(directory)}, {"audit_log", lag(now.audit_log)}});
  families.gauges("usermeta_projection_stopped", "1: it stands still until somebody has looked at it.",
                  "projection",
                  {{"user_metadata", now.read_model_stopped ? 1.0 : 0.0},
                   {"audit_log", now.audit_log_stopped ? 1.0 : 0.0}});
}

void add_publisher(Families& families, const Publisher::Figures& publisher, Position head) {
  families.gauge("usermeta_kafka_publishing", "1: it is this process that publishes to Kafka.",
                 publisher.publishing ? 1 : 0);
  if (publisher.position) {
    families.gauge("usermeta_kafka_position", "Up to here every event is in Kafka.", *publisher.position);
    families.gauge("usermeta_kafka_checkpoint_position",
                   "Up to here events are signed by checkpoints in Kafka.", publisher.checkpoint);
    families.gauge("usermeta_kafka_lag_events", "Events that are not in Kafka yet.",
                   std::max<Position>(head - *publisher.position, 0));
  }
  families.gauge("usermeta_kafka_failing", "1: it does not get on; /debug/status and the log say why.",
                 publisher.error.empty() ? 0 : 1);
  families.counter("usermeta_kafka_transactions_total", "Transactions that were committed to Kafka.",
                   publisher.transactions);
  families.counter("usermeta_kafka_retries_total",
                   "Times that Kafka had to be waited for, or a transaction to be made again.",
                   publisher.retries);
  families.counter("usermeta_kafka_oversized_total",
                   "Events that were too large for Kafka, and are there without their data.",
                   publisher.oversized);
}

void add_connections(Families& families, const Standing& now, const PgConnectionCounts& postgres) {
  families.gauge("usermeta_http_connections", "Clients' connections that are open.", now.http_connections);
  families.gauge("usermeta_followers", "Clients that follow the log.", now.followers);
  families.counter("usermeta_requests_refused_total",
                   "Requests that were answered 429 or RESOURCE_EXHAUSTED because too much was under way.",
                   now.refused);
  families.gauges("usermeta_postgres_connections", "Connections to PostgreSQL.", "state",
                  {{"open", static_cast<double>(postgres.open)},
                   {"connecting", static_cast<double>(postgres.connecting)}});
  families.counter("usermeta_postgres_connections_lost_total",
                   "Open connections to PostgreSQL that were lost.", postgres.lost.load());
  families.counter("usermeta_postgres_connect_failures_total",
                   "Attempts to connect to PostgreSQL that failed.", postgres.failed.load());
}

// Named as everybody names them: without our prefix.
void add_process(Families& families, const ProcessUsage& process) {
  families.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", process.resident_bytes);
  families.counter("process_cpu_seconds_total", "User and system CPU time in seconds.", process.cpu_seconds);
  families.gauge("process_open_fds", "Open file descriptors.", process.open_descriptors);
  families.gauge("process_max_fds", "The most file descriptors that may be open.", process.most_descriptors);
}

}  // namespace

void add_families(std::vector<MetricFamily>& all, const Standing& now, const PgConnectionCounts& postgres) {
  Families families(all);
  families.gauges("usermeta_build_info", "Which program this is.", "version", {{USERMETA_VERSION, 1}});
  add_commands(families, now.writer.commands);
  add_projections(families, now);
  if (now.publisher) add_publisher(families, *now.publisher, now.writer.commands.head);
  add_connections(families, now, postgres);
  add_process(families, now.process);
}

}  // namespace usermeta
