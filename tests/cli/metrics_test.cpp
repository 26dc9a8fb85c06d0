#include "cli/metrics.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What the text says after what was counted. That it is well-formed is looked at end to end.

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::size_t number_of(const std::string& name) {
  const auto names = call_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw std::logic_error("no call " + name);
  return static_cast<std::size_t>(found - names.begin());
}

const std::string kSet = "zitadel.management.v1.ManagementService/SetUserMetadata";

// The lines with that in them.
std::size_t lines_with(const std::string& text, const std::string& part) {
  std::size_t lines = 0;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (line.find(part) != std::string::npos) ++lines;
  return lines;
}

TEST(Metrics, RequestsByCallFormatAndStatus) {
  Metrics metrics;
  struct Row {
    std::optional<Protocol> protocol;
    unsigned status;
    std::optional<int> code;
    std::string labels;
  };
  for (const Row& row : {Row{Protocol::rest, 200, {}, R"(format="rest",status="200")"},
                         {Protocol::rest, 429, {}, R"(format="rest",status="429")"},
                         {Protocol::connect, 505, {}, R"(format="connect",status="505")"},
                         {Protocol::grpc, 200, 0, R"(format="grpc",status="OK")"},
                         {Protocol::grpc, 200, 8, R"(format="grpc",status="RESOURCE_EXHAUSTED")"},
                         {Protocol::grpc_web, 200, 5, R"(format="grpc_web",status="NOT_FOUND")"},
                         {Protocol::grpc_web_text, 200, 16, R"(format="grpc_web",status="UNAUTHENTICATED")"},
                         {Protocol::rest, 299, {}, R"(format="rest",status="other")"},
                         {std::nullopt, 415, {}, R"(format="none",status="415")"}}) {
    const std::string series = "usermeta_requests_total{call=\"" + kSet + "\"," + row.labels + "} ";
    EXPECT_THAT(metrics.text({}), Not(HasSubstr(series)));
    metrics.on_call({number_of(kSet), row.protocol, row.status, row.code, 1ms});
    EXPECT_THAT(metrics.text({}), HasSubstr(series + "1\n"));
    metrics.on_call({number_of(kSet), row.protocol, row.status, row.code, 1ms});
    EXPECT_THAT(metrics.text({}), HasSubstr(series + "2\n"));
  }
  EXPECT_EQ(lines_with(metrics.text({}), "usermeta_requests_total{"), 9U);
}

TEST(Metrics, LatenciesByCallInSecondsAndNotOfStreams) {
  Metrics metrics;
  const std::size_t set = number_of(kSet);
  metrics.on_call({set, Protocol::rest, 200, {}, 250us});
  metrics.on_call({set, Protocol::grpc, 200, 0, 40ms});
  metrics.on_call({number_of("unrouted"), Protocol::rest, 404, {}, 20s});
  metrics.on_call({number_of("grpc.health.v1.Health/Watch"), Protocol::grpc, 200, 1, {}});
  const std::string text = metrics.text({});
  const std::string name = "usermeta_request_duration_seconds";
  const std::string of_set = "{call=\"" + kSet + "\"";
  EXPECT_THAT(text, HasSubstr(name + "_count" + of_set + "} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum" + of_set + "} 0.04025\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + of_set + ",le=\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + of_set + ",le=\"0.00025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + of_set + ",le=\"0.025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + of_set + ",le=\"0.05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{call=\"unrouted\",le=\"10\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{call=\"unrouted\",le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr(name + "_count{call=\"grpc.health")));
}

TEST(Metrics, NoRequestIsLostWhenManyThreadsCount) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (std::size_t n = 0; n < 4000; ++n)
        metrics.on_call({n % call_names().size(), Protocol::rest, 200, {}, 1ms});
    });
  for (std::thread& thread : threads) thread.join();
  const std::string text = metrics.text({});
  const std::size_t more = 4000 % call_names().size();
  for (std::size_t call = 0; call < call_names().size(); ++call) {
    const std::string count = std::to_string(4 * (4000 / call_names().size() + (call < more ? 1 : 0)));
    EXPECT_THAT(text, HasSubstr("usermeta_requests_total{call=\"" + call_names()[call] +
                                "\",format=\"rest\",status=\"200\"} " + count + "\n"));
    EXPECT_THAT(text, HasSubstr("usermeta_request_duration_seconds_count{call=\"" + call_names()[call] +
                                "\"} " + count + "\n"));
  }
}

TEST(Metrics, BatchesByTheirSizeAndCommitsByTheirTime) {
  Metrics metrics;
  metrics.on_batch(1, 2ms);
  metrics.on_batch(150, 3ms);
  metrics.on_batch(0, 9s);  // nothing to commit
  const std::string text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("usermeta_batch_events_bucket{le=\"0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_batch_events_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_batch_events_bucket{le=\"100\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_batch_events_bucket{le=\"200\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_batch_events_sum 151\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_commit_duration_seconds_bucket{le=\"0.0025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_commit_duration_seconds_count 2\n"));
  EXPECT_THAT(text, HasSubstr("usermeta_commit_duration_seconds_sum 0.005\n"));
}

TEST(Metrics, EveryFigureIsUnderItsName) {
  Metrics metrics;
  Standing now;
  now.writer.commands.queued = {1, 100};
  now.writer.commands.in_flight = {2, 200};
  now.writer.commands.since = {
      .refused = 3, .conflicts = 4, .retried = 5, .cache_hits = 6, .cache_misses = 7};
  now.writer.commands.cache_bytes = 8;
  now.writer.commands.cache_entries = 9;
  now.writer.commands.head = 1'000'000'000'123;
  now.writer.observed = 1'000'000'000'120;
  now.read_model = 1'000'000'000'100;
  now.audit_log = 1'000'000'000'110;
  now.refused = 10;
  now.http_connections = 11;
  now.followers = 19;
  now.process = {.resident_bytes = 12, .cpu_seconds = 1.5, .open_descriptors = 13, .most_descriptors = 14};
  metrics.postgres()->open = 15;
  metrics.postgres()->connecting = 16;
  metrics.postgres()->lost = 17;
  metrics.postgres()->failed = 18;
  const std::string text = "\n" + metrics.text(now);
  for (const std::string line : {
           "usermeta_build_info{version=\"" USERMETA_VERSION "\"} 1",
           "usermeta_commands_queued 1",
           "usermeta_commands_queued_bytes 100",
           "usermeta_commands_in_flight 2",
           "usermeta_commands_in_flight_bytes 200",
           "usermeta_commands_refused_total 3",
           "usermeta_conflicts_total 4",
           "usermeta_commands_retried_total 5",
           "usermeta_cache_hits_total 6",
           "usermeta_cache_misses_total 7",
           "usermeta_cache_bytes 8",
           "usermeta_cache_entries 9",
           "usermeta_log_position 1000000000123",
           "usermeta_projection_position{projection=\"user_metadata\"} 1000000000100",
           "usermeta_projection_position{projection=\"directory\"} 1000000000120",
           "usermeta_projection_position{projection=\"audit_log\"} 1000000000110",
           "usermeta_projection_lag_events{projection=\"user_metadata\"} 23",
           "usermeta_projection_lag_events{projection=\"audit_log\"} 13",
           "usermeta_projection_lag_events{projection=\"directory\"} 3",
           "usermeta_projection_stopped{projection=\"user_metadata\"} 0",
           "usermeta_projection_stopped{projection=\"audit_log\"} 0",
           "usermeta_requests_refused_total 10",
           "usermeta_http_connections 11",
           "usermeta_followers 19",
           "process_resident_memory_bytes 12",
           "process_cpu_seconds_total 1.5",
           "process_open_fds 13",
           "process_max_fds 14",
           "usermeta_postgres_connections{state=\"open\"} 15",
           "usermeta_postgres_connections{state=\"connecting\"} 16",
           "usermeta_postgres_connections_lost_total 17",
           "usermeta_postgres_connect_failures_total 18",
       })
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  now.audit_log_stopped = true;
  EXPECT_THAT(metrics.text(now), HasSubstr("usermeta_projection_stopped{projection=\"audit_log\"} 1\n"));
  now.read_model_stopped = true;
  EXPECT_THAT(metrics.text(now), HasSubstr("usermeta_projection_stopped{projection=\"user_metadata\"} 1\n"));
}

// What another process has appended may be in the read model before this one has heard of it.
TEST(Metrics, ALagIsNeverNegative) {
  Metrics metrics;
  Standing now;
  now.writer.commands.head = 5;
  now.read_model = 7;
  EXPECT_THAT(metrics.text(now),
              HasSubstr("usermeta_projection_lag_events{projection=\"user_metadata\"} 0\n"));
}

}  // namespace
}  // namespace usermeta
