// The cluster that all test processes of one ctest run share, as a ctest fixture:
//   test_cluster start DIR   makes a new throw-away cluster in DIR and leaves it running
//   test_cluster stop DIR    stops it and removes DIR

#include <filesystem>
#include <iostream>
#include <string_view>
#include <unistd.h>

#include "store/data_directory.hpp"
#include "store/embedded_postgres.hpp"
#include "support/test_postgres.hpp"

namespace {

namespace fs = std::filesystem;

usermeta::EmbeddedPostgres::Options options() {
  return {{}, usermeta::throw_away_settings(), [](const std::string& line) { std::cout << line << '\n'; }};
}

// What an earlier run left, running or not, goes as well.
void remove_cluster(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  auto data = usermeta::DataDirectory::open(directory);
  data.lock();
  if (usermeta::Postmaster::find(usermeta::ClusterLayout(data.path()))) {
    usermeta::EmbeddedPostgres server(data, options());
    server.start();
    server.stop();
  }
  fs::remove_all(directory);
}

void start_cluster(const fs::path& directory) {
  remove_cluster(directory);
  auto data = usermeta::DataDirectory::create_or_open(directory);
  data.lock();
  usermeta::EmbeddedPostgres server(data, options());
  server.start();
  std::cout << server.connection_string() << std::endl;
  // Without the destructor, which would stop the server.
  ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view verb = argc == 3 ? argv[1] : "";
    if (verb == "start") {
      start_cluster(argv[2]);
    } else if (verb == "stop") {
      remove_cluster(argv[2]);
    } else {
      std::cerr << "usage: test_cluster start|stop DIR\n";
      return 2;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
