#include "projections/live_queries.hpp"

#include <utility>

#include <boost/asio/strand.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;

// A page of what is read from further back: as large as it must be to read fast, for each follower holds one.
constexpr std::uint32_t kPageEvents = 500;
constexpr std::size_t kPageBytes = 256 * 1024;

}  // namespace

LiveQuery::LiveQuery(LiveQueries& all, EventFilter filter, Position after, std::function<void()> wake)
    : all_(all), filter_(std::move(filter)), follower_(all.tail_->join(std::move(wake))), reached_(after) {}

LiveQuery::~LiveQuery() {
  all_.tail_->leave(follower_);
  --all_.count_;
}

asio::awaitable<LiveQuery::Next> LiveQuery::next() {
  Next next;
  if (in_tail_) {
    const auto taken = co_await all_.tail_->take(follower_, reached_);
    in_tail_ = taken.here;
    next.more = !taken.events.empty();
    for (const auto& event : taken.events)
      if (filter_.matches(*event)) next.events.push_back(event);
    if (next.more) reached_ = taken.events.back()->position;
    if (in_tail_) co_return next;
  }
  EventListing listing{.filter = filter_, .after = reached_, .limit = kPageEvents, .bytes = kPageBytes};
  EventPage page = co_await all_.queries_.list(std::move(listing));
  for (Recorded& event : page.events)
    next.events.push_back(std::make_shared<const Recorded>(std::move(event)));
  next.more = true;
  reached_ = page.next;
  in_tail_ = page.end;
  co_return next;
}

LiveQueries::LiveQueries(const asio::any_io_executor& executor, EventQueries& queries, const Options& options)
    : queries_(queries),
      most_(options.most),
      tail_(std::make_shared<EventTail>(
          std::make_shared<PgPipeline>(
              asio::make_strand(executor),
              PgPipeline::Options{.conninfo = options.conninfo,
                                  .application_name = "usermeta tail " + options.process,
                                  .settings = kByEventIndex,
                                  .counts = options.counts}),
          options.tail_bytes)) {}

std::unique_ptr<LiveQuery> LiveQueries::open(EventFilter filter, Position after, std::function<void()> wake) {
  if (++count_ > most_) {
    --count_;
    return nullptr;
  }
  return std::make_unique<LiveQuery>(*this, std::move(filter), after, std::move(wake));
}

void LiveQueries::poke() {
  if (count_ > 0) tail_->poke();
}

}  // namespace usermeta
