#include "cli/serve.hpp"

#include <csignal>
#include <cstdio>
#include <future>
#include <sys/resource.h>
#include <thread>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <google/protobuf/stubs/logging.h>

#include "cli/audit_options.hpp"
#include "cli/log.hpp"
#include "cli/reload_signal.hpp"
#include "cli/service.hpp"
#include "cli/set_up.hpp"
#include "cli/stop_signals.hpp"
#include "cli/tls.hpp"
#include "cli/worker_threads.hpp"
#include "http/client_address.hpp"
#include "store/migrate.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kGrace = 10s;

struct Signals {
  StopSignals stop;
  ReloadSignal reload;

  void forget() {
    stop.forget();
    reload.forget();
  }
};

// Every connection is an open file, and the usual soft limit is 1024.
void allow_many_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Where a client on this machine finds what listens there.
std::string local_url(const std::string& listen, std::uint16_t port, bool tls) {
  const std::string address = parse_listen(listen).address;
  const std::string host = address == "0.0.0.0" || address == "::" ? "localhost" : address;
  return url_of({host, port}, tls);
}

// A certificate that no public authority has made is unknown to curl.
std::string curl_options(const ServeOptions& options) {
  if (options.tls_certificate.empty()) return {};
  return " --cacert '" + std::filesystem::absolute(options.tls_certificate).string() + "'";
}

// A line to paste: it sets a value on the administrator itself.
void print_welcome(const Service& service, const std::string& url, const ServeOptions& options,
                   const std::filesystem::path& token_file) {
  std::printf("usermeta %s is ready on %s\n", USERMETA_VERSION, url.c_str());
  if (const auto admin = administrator(service.directory(), token_file)) {
    std::printf(
        "Try it:\n\n  curl%s -X POST '%s/management/v1/users/%s/metadata/greeting' \\\n"
        "       -H \"Authorization: Bearer $(cat '%s')\" \\\n"
        "       -H 'Content-Type: application/json' -d '{\"value\": \"aGVsbG8=\"}'\n\n",
        curl_options(options).c_str(), url.c_str(), admin->user_id.c_str(), token_file.c_str());
  } else {
    std::printf("No administrator's token in %s; make one with: usermeta token create\n", token_file.c_str());
  }
  std::fflush(stdout);
}

// Until a signal asks to stop. Throws what kept the service from starting.
void run_service(const asio::any_io_executor& executor, Service& service, const ServeOptions& options,
                 const Database& database, StopSignals& signals, spdlog::logger& log) {
  const auto token_file = database.data().path() / "admin.pat";
  asio::co_spawn(executor, service.start(token_file), asio::use_future).get();
  const std::string url = local_url(options.listen, service.port(), !options.tls_certificate.empty());
  log.info("usermeta {} serves on {} with data in {}", USERMETA_VERSION, url,
           database.data().path().string());
  if (const auto port = service.debug_port())
    log.info("/debug/ is on {}", local_url(options.debug_listen, *port, false));
  print_welcome(service, url, options, token_file);
  signals.wait();
  log.info("stopping: finishing what runs, {} s at most", kGrace.count());
}

void serve_database(WorkerThreads& workers, const ServeOptions& options, const Database& database,
                    Signals& signals, const Tls* tls, const std::shared_ptr<spdlog::logger>& log) {
  migrate(database.conninfo());
  if (!database.embedded())
    for (const std::string& sentence : settings_to_mind(database.conninfo()))
      log->warn("PostgreSQL's settings: {}", sentence);
  const auto executors = workers.executors();
  const auto& data = database.data().path();
  Service service(executors, options, database.conninfo(), tls, make_audit_key(options.audit, data), data,
                  log);
  std::exception_ptr failure;
  try {
    run_service(executors.front(), service, options, database, signals.stop, *log);
  } catch (...) {
    failure = std::current_exception();
  }
  const bool finished =
      asio::co_spawn(executors.front(), service.stop(failure ? 0ms : kGrace), asio::use_future).get();
  // Before the service goes, nothing that refers to it may run any more.
  signals.forget();
  workers.join(finished);
  if (failure) std::rethrow_exception(failure);
}

int serve(const ServeOptions& options) {
  const auto log = make_log(options.log.format, options.log.level);
  try {
    // A wrong word on the command line costs no database.
    listen_endpoints(options);
    [[maybe_unused]] const TrustedProxies readable(options.trusted_proxies);
    if (!options.kafka.brokers.empty()) publication_options(options.kafka);
    const auto tls = make_tls(options);
    allow_many_open_files();
    // Whoever reads the log may go away: that ends no service.
    std::signal(SIGPIPE, SIG_IGN);
    // It would write a line to stderr for each malformed message.
    google::protobuf::SetLogHandler(nullptr);
    WorkerThreads workers(options.threads ? options.threads : std::thread::hardware_concurrency());
    const auto executor = workers.executors().front();
    Database database(options.database, log);
    Signals signals{.stop = {executor, [&database] { database.interrupt(); }},
                    .reload = {executor, [&tls, &log] { reload_tls(tls.get(), *log); }}};
    int status = 0;
    try {
      database.start();
      serve_database(workers, options, database, signals, tls.get(), log);
    } catch (const std::exception& error) {
      if (!signals.stop.asked()) {
        log->critical("{}", error.what());
        status = 1;
      }
    }
    signals.forget();
    workers.join(true);
    database.stop();
    log->info("stopped");
    return status;
  } catch (const std::exception& error) {
    log->critical("{}", error.what());
    return 1;
  }
}

}  // namespace

void add_serve(CLI::App& app, int& result) {
  CLI::App* command = app.add_subcommand(
      "serve", "Run the service: on PostgreSQL of its own below --data, or on the one at --database-url");
  const auto options = std::make_shared<ServeOptions>();
  add_serve_options(*command, *options);
  command->callback([options, &result] { result = serve(*options); });
}

}  // namespace usermeta
