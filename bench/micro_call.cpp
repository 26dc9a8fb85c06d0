// A whole set call, from the request's bytes to the answer's, without sockets and without a database.
#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "bench/http2_exchange.hpp"
#include "zitadel/management.pb.h"

namespace usermeta {
namespace {

// So many sets at a time, on one key each; per set.
void set_call(benchmark::State& state) {
  ServiceInMemory service;
  const auto at_a_time = static_cast<unsigned>(state.range(0));
  // Two lists in turn, with other values: a set to what is there makes no event.
  std::vector<std::string> requests[2];
  for (unsigned turn = 0; turn < 2; ++turn)
    for (unsigned i = 0; i < at_a_time; ++i)
      requests[turn].push_back(service.set_request(10 * (2 * i + turn) + i % 10));
  std::size_t turn = 0;
  for (auto _ : state) benchmark::DoNotOptimize(service.exchange(requests[turn++ % 2]));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(set_call)->Arg(1)->Arg(32);

// The same as gRPC on one HTTP/2 connection; the client's side of it is in the figure.
void set_call_grpc(benchmark::State& state) {
  ServiceInMemory service;
  Http2Exchange connection(service);
  const auto at_a_time = static_cast<unsigned>(state.range(0));
  std::vector<std::string> messages[2];
  for (unsigned turn = 0; turn < 2; ++turn)
    for (unsigned i = 0; i < at_a_time; ++i) {
      zitadel::management::v1::SetUserMetadataRequest message;
      message.set_id(service.user());
      message.set_key("key" + std::to_string(i % 10));
      message.set_value("a value of forty characters, so many: " + std::to_string(10 + 2 * i + turn));
      messages[turn].push_back(message.SerializeAsString());
    }
  std::size_t turn = 0;
  for (auto _ : state) benchmark::DoNotOptimize(connection.exchange(messages[turn++ % 2]));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(set_call_grpc)->Arg(1)->Arg(32);

}  // namespace
}  // namespace usermeta
