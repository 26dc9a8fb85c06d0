#include "stream/republication.hpp"

#include <stdexcept>

#include "store/pg_query.hpp"
#include "store/read_log.hpp"
#include "stream/publisher_lock.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kHead{"republication_head", "SELECT position FROM log_head"};

}  // namespace

Republication::Republication(PgPipeline::Strand strand, Options options)
    : options_(std::move(options)),
      strand_(std::move(strand)),
      lock_(std::make_shared<PgPipeline>(
          strand_, PgPipeline::Options{.conninfo = options_.conninfo,
                                       .application_name = "usermeta publish " + options_.process,
                                       .settings = "-c search_path=usermeta"})),
      log_(strand_, options_.conninfo, "(publish) " + options_.process) {}

asio::awaitable<Republication::Result> Republication::run() {
  std::exception_ptr failure;
  try {
    co_await publish();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await kafka_.run([this] { publication_.reset(); });
  lock_->close();
  log_.close();
  // What was given up fails; that is no news to whoever stopped it.
  if (failure && !stopping_) std::rethrow_exception(failure);
  co_return result_;
}

void Republication::stop() {
  stopping_ = true;
  stop_.request_stop();
  lock_->close();
  log_.close();
}

asio::awaitable<void> Republication::publish() {
  co_await claim();
  co_await open();
  while (!stopping_ && result_.end < result_.head) {
    try {
      co_await go_on();
    } catch (const RecordTooLarge&) {
      // Again from what is committed, and in another form.
    }
  }
  result_.complete = result_.end >= result_.head;
}

asio::awaitable<void> Republication::claim() {
  const bool mine = co_await take_publisher_lock(*lock_, options_.publication.topic);
  losses_ = lock_->losses();
  if (!mine)
    throw std::runtime_error("a service, or another run of this command, is publishing to the topic " +
                             options_.publication.topic + ": choose another topic");
  const PgRows rows = co_await query(*lock_, kHead, {});
  result_.head = rows.int8(0, 0);
  if (options_.from > result_.head)
    throw std::runtime_error("there is no event at position " + std::to_string(options_.from) +
                             ": the log ends at position " + std::to_string(result_.head));
}

asio::awaitable<void> Republication::open() {
  const Page first = co_await read_log(log_, 0);
  options_.publication.source.instance = instance_of(first.events.at(0));
  co_await kafka_.run([this] {
    publication_ = std::make_unique<Publication>(options_.publication, stop_.get_token());
    publication_->open();
  });
  result_.begin = publication_->position().value_or(options_.from - 1);
  committed();
}

// From what is committed to the end, or until it is stopped.
asio::awaitable<void> Republication::go_on() {
  Position taken = result_.end;
  LogReader reader(strand_, log_, taken);
  while (!stopping_ && taken < result_.head) {
    const Page page = co_await next_page(reader, taken);
    taken = page.events.back().position;
    co_await kafka_.run([&] {
      publication_->take(page.events);
      if (taken == result_.head || publication_->is_full()) publication_->commit();
    });
    committed();
  }
}

// What there is up to the head.
asio::awaitable<Page> Republication::next_page(LogReader& reader, Position after) {
  Page page = co_await reader.next();
  std::erase_if(page.events, [this](const Recorded& event) { return event.position > result_.head; });
  if (page.events.empty())
    throw Outage("the log ends at position " + std::to_string(after) + ", before its head " +
                 std::to_string(result_.head) + ": the database is damaged");
  if (lock_->losses() != losses_)
    throw Outage("lost the connection to PostgreSQL, and with it the claim on the topic: begin it again");
  co_return page;
}

void Republication::committed() {
  result_.end = publication_->position().value_or(result_.begin);
  result_.oversized = publication_->oversized();
  options_.on_progress(result_.end - result_.begin, result_.head - result_.begin);
}

}  // namespace usermeta
