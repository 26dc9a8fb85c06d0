#include "cli/service.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/set_up.hpp"
#include "cli/status.hpp"
#include "store/entropy.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

HttpLimits::Duration seconds(double value) {
  return std::chrono::duration_cast<HttpLimits::Duration>(std::chrono::duration<double>(value));
}

HttpLimits limits_of(const ServeOptions& options) {
  HttpLimits limits;
  limits.connections = options.max_connections;
  limits.idle_time = seconds(options.idle_timeout);
  limits.header_time = seconds(options.header_timeout);
  limits.body_time = seconds(options.body_timeout);
  return limits;
}

// Says when a trouble begins and when it is over.
std::function<void(const std::string&)> troubles(std::shared_ptr<spdlog::logger> log, const char* over) {
  return [log = std::move(log), over](const std::string& message) {
    if (message.empty())
      log->info("{}", over);
    else
      log->error("{}", message);
  };
}

std::function<void(const std::string&)> publishing_troubles(std::shared_ptr<spdlog::logger> log,
                                                            const std::string& topic) {
  return [log = std::move(log), topic](const std::string& message) {
    if (message.empty())
      log->info("events are published to Kafka's topic {} again", topic);
    else
      log->error("events are not published to Kafka's topic {}, and wait: {}", topic, message);
  };
}

// Probes and scrapers, which are few; and they get in however many clients there are.
constexpr std::size_t kDebugConnections = 100;

std::size_t query_connections(const ServeOptions& options, std::size_t threads) {
  if (options.query_connections > 0) return options.query_connections;
  // PostgreSQL has 100 in all, and other processes may want as many.
  return std::clamp<std::size_t>(threads, 2, 16);
}

std::chrono::milliseconds time_left(std::chrono::steady_clock::time_point end) {
  const auto left = end - std::chrono::steady_clock::now();
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), 0ms);
}

// What a listener is to do with what its sessions fail with.
Listener::OnError failed_connections(std::shared_ptr<spdlog::logger> log) {
  return [log = std::move(log)](const std::exception_ptr& error) {
    log->warn("a connection failed: {}", message_of(error));
  };
}

}  // namespace

Service::Service(const Executors& threads, const ServeOptions& options, const std::string& conninfo,
                 const Tls* tls, SigningKey audit_key, const std::filesystem::path& data,
                 std::shared_ptr<spdlog::logger> log)
    : log_(std::move(log)),
      strand_(asio::make_strand(threads.front())),
      checkpoint_(std::make_shared<CheckpointWatch>(threads.back())),
      events_(strand_, conninfo, process_, metrics_.postgres()),
      projector_(threads.back(),
                 {conninfo, process_, troubles(log_, "the projection goes on"), metrics_.postgres()},
                 checkpoint_),
      seen_checkpoint_(data, troubles(log_, "the newest checkpoint is kept in the data directory again")),
      audit_projector_(threads.back(),
                       {.conninfo = conninfo,
                        .process = process_,
                        .key = std::move(audit_key),
                        .checkpoint_time = std::chrono::duration_cast<std::chrono::milliseconds>(
                            seconds(options.audit.checkpoint_seconds)),
                        .checkpoint_events = options.audit.checkpoint_events,
                        .remembered = SeenCheckpoint::read(data),
                        .remember = [this](const std::string& note) { seen_checkpoint_.keep(note); },
                        .on_trouble = troubles(log_, "the transparency log goes on"),
                        .counts = metrics_.postgres()}),
      queries_(threads,
               {conninfo, process_, query_connections(options, threads.size()), 2000ms, metrics_.postgres()},
               checkpoint_),
      event_queries_(threads.back(), {conninfo, process_, metrics_.postgres()}),
      history_(threads.back(), {conninfo, process_, metrics_.postgres()}),
      eraser_(threads.back(),
              {conninfo, process_, troubles(log_, "values can be erased again"), metrics_.postgres()}),
      live_queries_(threads.back(), event_queries_,
                    {conninfo, process_, options.max_followers, metrics_.postgres()}),
      writer_(strand_, events_, writer_options(options)),
      callers_(directory_, writer_),
      api_(callers_, writer_, queries_, event_queries_, history_, eraser_, [this] { return ids_.next(); }),
      follow_(callers_, live_queries_, {}),
      audit_queries_(threads.back(), {conninfo, process_, metrics_.postgres()}),
      audit_(callers_, audit_queries_),
      calls_(api_, follow_, audit_, call_options(options)),
      listener_(threads, listen_endpoints(options).calls, limits_of(options), calls_,
                failed_connections(log_), tls) {
  if (!options.debug_listen.empty()) listen_for_debug(threads.back(), options);
  if (options.kafka.brokers.empty()) return;
  Publication::Options publication = publication_options(options.kafka);
  publication.log = log_;
  publication.checkpoints = true;
  publisher_ = std::make_unique<Publisher>(
      threads.back(),
      Publisher::Options{conninfo, process_, std::move(publication),
                         publishing_troubles(log_, options.kafka.topic), metrics_.postgres()});
}

void Service::listen_for_debug(const asio::any_io_executor& executor, const ServeOptions& options) {
  CallService::Options calls = call_options(options);
  calls.serves = CallService::Serves::debug;
  debug_calls_ = std::make_unique<CallService>(api_, follow_, audit_, std::move(calls));
  HttpLimits limits = limits_of(options);
  limits.connections = kDebugConnections;
  debug_listener_ =
      std::make_unique<Listener>(Executors{executor}, *listen_endpoints(options).debug, limits, *debug_calls_,
                                 failed_connections(log_), nullptr, "--debug-listen");
}

std::optional<std::uint16_t> Service::debug_port() const {
  if (!debug_listener_) return std::nullopt;
  return debug_listener_->port();
}

Writer::Options Service::writer_options(const ServeOptions& options) {
  Writer::Options result;
  result.handler.cache_bytes = options.cache_megabytes << 20;
  result.handler.pending_commands = options.pending_commands;
  result.handler.pending_bytes = options.pending_megabytes << 20;
  result.handler.new_salt = [this] { return salts_.next(); };
  result.on_access = [this](const Fact& fact) { directory_.apply(fact); };
  result.on_appended = [this](const std::shared_ptr<const Batch>& batch) {
    projector_.appended(batch);
    audit_projector_.appended(batch);
    live_queries_.poke();
    if (publisher_) publisher_->poke();
  };
  result.on_head = [this](Position) {
    projector_.poke();
    audit_projector_.poke();
    live_queries_.poke();
    if (publisher_) publisher_->poke();
  };
  result.on_outage = troubles(log_, "the log can be written again");
  result.on_batch = [this](std::size_t events, auto time) { metrics_.on_batch(events, time); };
  return result;
}

CallService::Options Service::call_options(const ServeOptions& options) {
  CallService::Options result;
  if (!options.debug_listen.empty()) result.serves = CallService::Serves::calls;
  result.trusted_proxies = TrustedProxies(options.trusted_proxies);
  result.call_time = std::chrono::duration_cast<std::chrono::milliseconds>(seconds(options.call_timeout));
  result.new_request_id = new_request_id;
  result.readiness = [this] { return readiness(); };
  result.metrics = [this] { return metrics(); };
  result.status = [this] { return status(); };
  result.on_call = [this](const CallRecord& call) { metrics_.on_call(call); };
  result.on_error = [this](const std::string& message) { log_->error("request {}", message); };
  if (options.log_requests)
    result.on_request = [this](const RequestRecord& request) {
      const std::string code =
          request.grpc_code ? " grpc-status=" + std::to_string(*request.grpc_code) : std::string();
      log_->info("{} {} {}{} {} us request={} client={}", request.method, request.path, request.status, code,
                 request.time.count(), request.request_id, request.client);
    };
  return result;
}

asio::awaitable<void> Service::start(std::filesystem::path token_file) {
  projector_.start();
  audit_projector_.start();
  eraser_.start();
  writer_.start();
  co_await writer_.level(30s);
  const bool set_up = co_await set_up_instance(writer_, directory_, ids_, token_file);
  if (set_up) log_->info("set up a new instance; its administrator's token is in {}", token_file.string());
  if (publisher_) publisher_->start();
  listener_.start();
  if (debug_listener_) debug_listener_->start();
}

asio::awaitable<bool> Service::stop_listening(std::chrono::milliseconds grace) {
  const auto end = std::chrono::steady_clock::now() + grace;
  const bool finished = co_await listener_.stop(grace);
  if (!debug_listener_) co_return finished;
  // After it: probes are answered for as long as others are.
  const bool debug_finished = co_await debug_listener_->stop(time_left(end));
  co_return (finished && debug_finished);
}

asio::awaitable<bool> Service::stop(std::chrono::milliseconds grace) {
  const auto end = std::chrono::steady_clock::now() + grace;
  bool finished = co_await stop_listening(grace);
  co_await writer_.stop(time_left(end));
  if (publisher_) co_await publisher_->stop();
  co_await projector_.stop();
  co_await audit_projector_.stop();
  co_await eraser_.stop();
  queries_.close();
  event_queries_.close();
  history_.close();
  live_queries_.close();
  audit_queries_.close();
  asio::dispatch(strand_, [this] { events_.close(); });
  // Those that were cut off may have been waiting for what has just been closed.
  if (!finished) finished = co_await stop_listening(1s);
  co_return finished;
}

asio::awaitable<std::string> Service::readiness() {
  std::string trouble = projector_.failure();
  if (!trouble.empty()) co_return "the read model stands still: " + trouble;
  try {
    co_await queries_.ping();
  } catch (const Outage&) {
    trouble = "the database does not answer";
  }
  co_return trouble;
}

asio::awaitable<std::string> Service::metrics() {
  Standing now;
  // Before the head: it is never ahead of that.
  now.read_model = checkpoint_->position();
  now.audit_log = audit_projector_.position();
  now.writer = co_await writer_.figures();
  now.read_model_stopped = !projector_.failure().empty();
  now.audit_log_stopped = !audit_projector_.failure().empty();
  now.refused = calls_.refused();
  now.followers = live_queries_.count();
  now.http_connections = listener_.connections() + (debug_listener_ ? debug_listener_->connections() : 0);
  now.process = process_usage();
  if (publisher_) now.publisher = publisher_->figures();
  co_return metrics_.text(now);
}

asio::awaitable<std::string> Service::status() {
  // Before the head, as above.
  Status now;
  now.projections.push_back({.name = "user_metadata",
                             .here = projector_.projecting(),
                             .checkpoint = checkpoint_->position(),
                             .error = projector_.failure()});
  now.projections.push_back({.name = "audit_log",
                             .here = audit_projector_.projecting(),
                             .checkpoint = audit_projector_.position(),
                             .error = audit_projector_.failure()});
  if (publisher_) {
    const Publisher::Figures publisher = publisher_->figures();
    now.publishers.push_back({.name = publisher_->topic(),
                              .here = publisher.publishing,
                              .checkpoint = publisher.position,
                              .error = publisher.error});
  }
  const Writer::Figures writer = co_await writer_.figures();
  now.head = writer.commands.head;
  // Every process has one of its own, in memory.
  now.projections.push_back({.name = "directory", .here = true, .checkpoint = writer.observed, .error = {}});
  co_return as_json(now);
}

}  // namespace usermeta
