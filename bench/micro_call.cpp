// A whole set call, from the request's bytes to the answer's, without sockets and without a database.
#include <benchmark/benchmark.h>

#include "bench/service_in_memory.hpp"

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

}  // namespace
}  // namespace usermeta
