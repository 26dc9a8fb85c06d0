// A load generator for one service on this machine. See --help.
#include <exception>
#include <iostream>

#include "bench/load_run.hpp"
#include "bench/options.hpp"

int main(int argc, char** argv) {
  using namespace usermeta::bench;
  Options options;
  try {
    if (const auto status = read_options(argc, argv, options)) return *status;
    std::cout << LoadRun(options).run().json() << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "load: " << error.what() << '\n';
    return 1;
  }
}
