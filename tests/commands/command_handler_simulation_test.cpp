#include <gtest/gtest.h>

#include "tests/commands/simulation.hpp"

namespace usermeta {
namespace {

void simulate(unsigned seeds, const Simulation::Options& options) {
  for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed, options);
    simulation.run();
    simulation.check();
  }
}

TEST(CommandHandlerSimulation, OneProcess) {
  simulate(20, {.processes = 1, .outages_in_10000 = 0});
}

TEST(CommandHandlerSimulation, OneProcessWithOutages) {
  simulate(40, {.processes = 1, .outages_in_10000 = 100});
}

TEST(CommandHandlerSimulation, SeveralProcesses) {
  simulate(40, {.outages_in_10000 = 0});
}

TEST(CommandHandlerSimulation, SeveralProcessesWithOutages) {
  simulate(60, {});
}

TEST(CommandHandlerSimulation, ManyBatchesInFlightAndNoMemory) {
  simulate(40, {.processes = 2, .outages_in_10000 = 100, .cache_bytes = 0, .batches_in_flight = 4});
}

}  // namespace
}  // namespace usermeta
