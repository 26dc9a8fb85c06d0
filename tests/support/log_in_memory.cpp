#include "support/log_in_memory.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace usermeta {
namespace {

constexpr std::size_t kPageEvents = 1000;
constexpr std::size_t kPageBytes = 8 << 20;

Page page_of(std::vector<Recorded> events) {
  Page page;
  std::size_t bytes = 0;
  for (Recorded& event : events) {
    if (page.events.size() == kPageEvents || (!page.events.empty() && bytes >= kPageBytes)) {
      page.end = false;
      break;
    }
    bytes += event.payload.size();
    page.events.push_back(std::move(event));
  }
  return page;
}

}  // namespace

template <class T>
void LogInMemory::answer(Done<T> done, std::exception_ptr error, T value) {
  boost::asio::post(executor_, [done = std::move(done), error, value = std::move(value)]() mutable {
    done(error, std::move(value));
  });
}

void LogInMemory::head(Done<Head> done) {
  answer(std::move(done), nullptr, database_->events.head());
}

void LogInMemory::read(Position after, Done<Page> done) {
  answer(std::move(done), nullptr, page_of(database_->events.read(after)));
}

void LogInMemory::read_access(Position after, Position until, Done<Page> done) {
  std::vector<Recorded> events = database_->events.read(after);
  std::erase_if(events, [&](const Recorded& event) {
    return event.position > until || !find_type(event.type)->changes_access;
  });
  answer(std::move(done), nullptr, page_of(std::move(events)));
}

void LogInMemory::load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) {
  auto loaded = database_->events.load(aggregates, names);
  const auto error = loaded ? nullptr : std::make_exception_ptr(UnreadableEvent("unreadable"));
  if (loaded) {
    // By aggregate and sequence, each once, however they were asked for.
    const auto place = [](const Fact& fact) { return std::tie(fact.aggregate, fact.sequence); };
    std::ranges::sort(loaded->facts, {}, place);
    const auto doubles = std::ranges::unique(loaded->facts, {}, place);
    loaded->facts.erase(doubles.begin(), doubles.end());
  }
  answer(std::move(done), error, loaded ? std::move(*loaded) : Loaded{});
}

void LogInMemory::append(const Batch& batch, Done<Appended> done) {
  when_free([this, batch, done = std::move(done)] {
    Appended outcome = Appended::missed;
    std::exception_ptr error;
    Batch taken = batch;
    // A claim takes the name over; the state machine's own tests want it to be free.
    for (const auto& [name, holder] : batch.claims) taken.releases.push_back(name);
    try {
      outcome = database_->events.append(taken);
    } catch (...) {
      error = std::current_exception();
    }
    answer(done, error, outcome);
    if (database_->holder == this) release();
  });
}

void LogInMemory::lock(Done<Head> done) {
  when_free([this, done = std::move(done)] {
    database_->holder = this;
    answer(done, nullptr, database_->events.head());
  });
}

void LogInMemory::unlock(Done<Head> done) {
  if (database_->holder == this) release();
  answer(std::move(done), nullptr, Head{});
}

void LogInMemory::when_free(std::function<void()> action) {
  if (database_->holder && database_->holder != this)
    database_->waiting.push_back(std::move(action));
  else
    action();
}

void LogInMemory::release() {
  database_->holder = nullptr;
  while (!database_->holder && !database_->waiting.empty()) {
    const auto next = std::move(database_->waiting.front());
    database_->waiting.pop_front();
    next();
  }
}

}  // namespace usermeta
