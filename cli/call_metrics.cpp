#include "cli/call_metrics.hpp"

#include <algorithm>
#include <string>

namespace usermeta {
namespace {

// google.rpc.Code by number: the status of an answer in gRPC's formats.
constexpr std::array kCodes{
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};
// Of all others, HTTP's. One that is in neither list has the last number.
constexpr std::array<unsigned, 19> kStatuses{200, 204, 400, 401, 403, 404, 405, 408, 409, 413,
                                             415, 417, 429, 431, 500, 501, 503, 504, 505};
constexpr std::size_t kOther = kCodes.size() + kStatuses.size();
constexpr std::size_t kStatusNumbers = kOther + 1;

std::size_t status_number(const CallRecord& call) {
  if (call.grpc_code) return std::min(static_cast<std::size_t>(*call.grpc_code), kCodes.size() - 1);
  const auto* found = std::ranges::lower_bound(kStatuses, call.status);
  if (found == kStatuses.end() || *found != call.status) return kOther;
  return kCodes.size() + static_cast<std::size_t>(found - kStatuses.begin());
}

std::string status_text(std::size_t number) {
  if (number < kCodes.size()) return kCodes[number];
  return number == kOther ? "other" : std::to_string(kStatuses[number - kCodes.size()]);
}

// Seconds: from a read out of memory to a call that waits for the database as long as it may.
const prometheus::Histogram::BucketBoundaries kLatencies{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

}  // namespace

CallMetrics::CallMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("usermeta_requests_total")
                    .Help("Answered requests. status: HTTP's; in the formats grpc and grpc_web, gRPC's code.")
                    .Register(registry)),
      latencies_(
          prometheus::BuildHistogram()
              .Name("usermeta_request_duration_seconds")
              .Help("From a whole request to its answer, before that is written; not of streamed calls.")
              .Register(registry)),
      counters_(call_names().size() * kFormats.size() * kStatusNumbers),
      histograms_(call_names().size()) {}

void CallMetrics::count(const CallRecord& call) {
  const std::size_t number =
      (call.call * kFormats.size() + format_number(call.protocol)) * kStatusNumbers + status_number(call);
  prometheus::Counter* counter = counters_[number].load(std::memory_order_acquire);
  (counter ? *counter : begin_counter(call)).Increment();
  if (!call.time) return;
  prometheus::Histogram* histogram = histograms_[call.call].load(std::memory_order_acquire);
  (histogram ? *histogram : begin_histogram(call.call))
      .Observe(std::chrono::duration<double>(*call.time).count());
}

std::size_t CallMetrics::format_number(std::optional<Protocol> protocol) {
  if (!protocol) return 4;
  switch (*protocol) {
    case Protocol::rest:
      return 0;
    case Protocol::connect:
      return 1;
    case Protocol::grpc:
      return 2;
    case Protocol::grpc_web:
    case Protocol::grpc_web_text:
      break;
  }
  return 3;
}

// Two threads may come here with the same one: the family gives both what the first has added.
prometheus::Counter& CallMetrics::begin_counter(const CallRecord& call) {
  const std::size_t format = format_number(call.protocol);
  const std::size_t status = status_number(call);
  prometheus::Counter& counter = requests_.Add(
      {{"call", call_names()[call.call]}, {"format", kFormats[format]}, {"status", status_text(status)}});
  counters_[(call.call * kFormats.size() + format) * kStatusNumbers + status].store(
      &counter, std::memory_order_release);
  return counter;
}

prometheus::Histogram& CallMetrics::begin_histogram(std::size_t call) {
  prometheus::Histogram& histogram = latencies_.Add({{"call", call_names()[call]}}, kLatencies);
  histograms_[call].store(&histogram, std::memory_order_release);
  return histogram;
}

}  // namespace usermeta
