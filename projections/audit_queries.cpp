#include "projections/audit_queries.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>

#include "projections/audit_log.hpp"
#include "projections/event_list.hpp"
#include "proof/audit_entry.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Beyond it no position is, and no sum below overflows.
constexpr std::uint64_t kMostTiles = std::uint64_t{1} << 54U;

}  // namespace

AuditQueries::AuditQueries(const asio::any_io_executor& executor, const Options& options)
    : connection_(std::make_shared<PgPipeline>(
          asio::make_strand(executor),
          PgPipeline::Options{.conninfo = options.conninfo,
                              .application_name = "usermeta tiles " + options.process,
                              .settings = kByEventIndex,
                              .counts = options.counts,
                              .shares_syncs = true})) {}

asio::awaitable<std::optional<std::string>> AuditQueries::checkpoint() {
  co_return co_await newest_checkpoint(*connection_);
}

asio::awaitable<std::optional<std::string>> AuditQueries::tile(TilePath path) {
  if (path.index >= kMostTiles) co_return std::nullopt;
  if (path.level) co_return co_await audit_tile(*connection_, path);
  co_return co_await entries(path);
}

asio::awaitable<std::optional<std::string>> AuditQueries::entries(TilePath path) {
  const auto after = static_cast<Position>(path.index * kTileWidth);
  // What is not in the tree yet may still be read, but proved by nothing.
  const std::int64_t size = co_await audit_size(*connection_);
  if (after + path.width > size) co_return std::nullopt;
  const auto identity = co_await audit_identity(*connection_);
  const auto events = co_await read_audited(*connection_, after, path.width);
  if (!identity || events.size() != path.width) co_return std::nullopt;
  std::string bundle;
  for (const AuditedEvent& audited : events)
    append_entry(bundle, audit_entry(audited.event, identity->source, audited.payload_hash));
  co_return bundle;
}

void AuditQueries::close() {
  asio::dispatch(connection_->strand(), [connection = connection_] { connection->close(); });
}

}  // namespace usermeta
