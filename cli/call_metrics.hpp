#pragma once

#include <array>
#include <atomic>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <vector>

#include "http/call_record.hpp"

namespace usermeta {

// Requests by call, format and status, and their latency by call. A series begins with its first request, and
// is found by numbers from then on: a request costs no look-up by text.
class CallMetrics {
 public:
  explicit CallMetrics(prometheus::Registry& registry);

  // Any thread.
  void count(const CallRecord& call);

 private:
  // Its place in this list is a format's number.
  static constexpr std::array<const char*, 5> kFormats{"rest", "connect", "grpc", "grpc_web", "none"};
  static std::size_t format_number(std::optional<Protocol> protocol);

  prometheus::Counter& begin_counter(const CallRecord& call);
  prometheus::Histogram& begin_histogram(std::size_t call);

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& latencies_;
  // By call, format and status; by call. Null: not begun.
  std::vector<std::atomic<prometheus::Counter*>> counters_;
  std::vector<std::atomic<prometheus::Histogram*>> histograms_;
};

}  // namespace usermeta
