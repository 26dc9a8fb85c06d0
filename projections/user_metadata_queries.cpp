#include "projections/user_metadata_queries.hpp"

#include <algorithm>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include "projections/head_look.hpp"
#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// A plan that was made while the table was small must not read it whole when it has grown. And it is made
// once: to plan a list takes longer than to run it, and once the table is analysed PostgreSQL would plan each
// one anew.
constexpr const char* kByIndex =
    "-c search_path=usermeta -c enable_seqscan=off -c plan_cache_mode=force_generic_plan";

constexpr PgStatement kPing{"ping", "SELECT 1"};

constexpr PgStatement kGet{"get",
                           "SELECT key, value, owner, created_at, changed_at, sequence FROM user_metadata"
                           " WHERE user_id = $1 AND key = $2 AND owner = $3"};

}  // namespace

UserMetadataQueries::UserMetadataQueries(const std::vector<asio::any_io_executor>& executors, Options options,
                                         std::shared_ptr<CheckpointWatch> watch)
    : options_(std::move(options)), watch_(std::move(watch)), executors_(executors) {
  for (std::size_t i = 0; i < options_.connections; ++i) {
    if (i < executors.size()) groups_.push_back(std::make_unique<Group>());
    groups_[i % executors.size()]->connections.push_back(std::make_shared<PgPipeline>(
        asio::make_strand(executors[i % executors.size()]),
        PgPipeline::Options{.conninfo = options_.conninfo,
                            .application_name = "usermeta query " + options_.process,
                            .settings = kByIndex,
                            .counts = options_.counts,
                            .shares_syncs = true}));
  }
  for (const auto& group : groups_) group->head_look = std::make_shared<HeadLook>(group->connections.front());
}

asio::awaitable<std::optional<UserMetadataRow>> UserMetadataQueries::get(std::string user_id, std::string key,
                                                                         std::string org) {
  Group* const group = co_await caught_up();
  const PgRows rows = co_await query(group->next(), kGet, PgParams().text(user_id).text(key).text(org));
  if (rows.size() == 0) co_return std::nullopt;
  co_return row_at(rows, 0);
}

asio::awaitable<UserMetadataPage> UserMetadataQueries::list(UserMetadataListing listing) {
  Group* const group = co_await caught_up();
  co_return co_await list_user_metadata(group->next(), listing);
}

asio::awaitable<bool> UserMetadataQueries::reached(Position position) {
  if (watch_->position() >= position) co_return true;
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const Position head = co_await group_of(here).head_look->look();
  co_return co_await watch_->reached(position, std::min(position, head), options_.patience);
}

asio::awaitable<void> UserMetadataQueries::ping() {
  co_await query(groups_.front()->next(), kPing, {});
}

asio::awaitable<UserMetadataQueries::Group*> UserMetadataQueries::caught_up() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  Group& group = group_of(here);
  const Position head = co_await group.head_look->look();
  const bool reached = co_await watch_->reached(head, options_.patience);
  if (!reached) throw Outage("the read model has not reached position " + std::to_string(head) + " in time");
  co_return &group;
}

UserMetadataQueries::Group& UserMetadataQueries::group_of(const asio::any_io_executor& executor) {
  const auto found = std::ranges::find(executors_, executor);
  const auto index = found == executors_.end() ? 0 : static_cast<std::size_t>(found - executors_.begin());
  return *groups_[index % groups_.size()];
}

void UserMetadataQueries::close() {
  for (const auto& group : groups_)
    for (const auto& connection : group->connections)
      asio::dispatch(connection->strand(), [connection] { connection->close(); });
}

}  // namespace usermeta
