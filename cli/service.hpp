#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <spdlog/logger.h>

#include "cli/listen_endpoints.hpp"
#include "cli/metrics.hpp"
#include "cli/options.hpp"
#include "cli/seen_checkpoint.hpp"
#include "http/api.hpp"
#include "http/call_service.hpp"
#include "http/listener.hpp"
#include "http/tls.hpp"
#include "projections/audit_projector.hpp"
#include "projections/directory.hpp"
#include "projections/live_queries.hpp"
#include "projections/user_metadata_projector.hpp"
#include "projections/user_metadata_queries.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"
#include "store/writer.hpp"
#include "stream/publisher.hpp"

namespace usermeta {

// The service on one database: every long-lived object, in the order in which they are built on one another.
class Service {
 public:
  using Executors = std::vector<boost::asio::any_io_executor>;

  // `tls`: what the port speaks instead of clear text, or nothing; `audit_key` signs the transparency log,
  // and what was signed is kept in `data`. Throws when the address cannot be listened on.
  Service(const Executors& threads, const ServeOptions& options, const std::string& conninfo, const Tls* tls,
          SigningKey audit_key, const std::filesystem::path& data, std::shared_ptr<spdlog::logger> log);

  // Reads what there is, sets an empty database up, and then takes requests. Throws std::runtime_error.
  boost::asio::awaitable<void> start(std::filesystem::path token_file);

  // Takes no more requests, finishes what runs within `grace`, and ends all that runs by itself. False when
  // requests had to be cut off.
  boost::asio::awaitable<bool> stop(std::chrono::milliseconds grace);

  std::uint16_t port() const { return listener_.port(); }
  // Of /debug/*, when that is elsewhere.
  std::optional<std::uint16_t> debug_port() const;
  const Directory& directory() const { return directory_; }

 private:
  boost::asio::awaitable<bool> stop_listening(std::chrono::milliseconds grace);
  boost::asio::awaitable<std::string> readiness();
  boost::asio::awaitable<std::string> metrics();
  boost::asio::awaitable<std::string> status();
  Writer::Options writer_options(const ServeOptions& options);
  CallService::Options call_options(const ServeOptions& options);
  void listen_for_debug(const boost::asio::any_io_executor& executor, const ServeOptions& options);

  std::shared_ptr<spdlog::logger> log_;
  Metrics metrics_;
  std::string process_ = new_process_name();
  Writer::Strand strand_;  // the log's and the writer's
  SaltSource salts_;       // on the strand
  IdSource ids_;
  Directory directory_;
  std::shared_ptr<CheckpointWatch> checkpoint_;
  PostgresLog events_;
  UserMetadataProjector projector_;
  SeenCheckpoint seen_checkpoint_;
  AuditProjector audit_projector_;
  std::unique_ptr<Publisher> publisher_;  // with --kafka only
  UserMetadataQueries queries_;
  EventQueries event_queries_;
  HistoryQueries history_;
  ValueEraser eraser_;
  LiveQueries live_queries_;
  Writer writer_;
  Callers callers_;
  Api api_;
  EventFollow follow_;
  AuditQueries audit_queries_;
  AuditCalls audit_;
  CallService calls_;
  Listener listener_;
  // With --debug-listen only.
  std::unique_ptr<CallService> debug_calls_;
  std::unique_ptr<Listener> debug_listener_;
};

}  // namespace usermeta
