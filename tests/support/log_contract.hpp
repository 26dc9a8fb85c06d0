#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "events/log.hpp"

namespace usermeta {

// A database of one implementation of the log, and logs on it as different processes have them.
class LogDatabase {
 public:
  virtual ~LogDatabase() = default;
  // Another process's log.
  virtual Log& open() = 0;
  // Returns when one of the logs is kept waiting by another's lock; `context` may have to run for that.
  virtual void until_waiting() = 0;
  virtual void close() = 0;
};
struct LogKind {
  const char* name;
  std::unique_ptr<LogDatabase> (*make)(boost::asio::io_context&);
};
inline void PrintTo(const LogKind& kind, std::ostream* out) {
  *out << kind.name;
}

// What every implementation of the log promises (events/log.hpp). One thread drives all.
class LogContract : public testing::TestWithParam<LogKind> {
 protected:
  boost::asio::io_context context;
  std::unique_ptr<LogDatabase> database = GetParam().make(context);
  Log& log = database->open();

  ~LogContract() override {
    database->close();
    context.restart();
    context.run();
  }

  // A call's answer to come.
  template <class T>
  struct Pending {
    std::shared_ptr<std::optional<T>> value = std::make_shared<std::optional<T>>();
    std::shared_ptr<std::exception_ptr> error = std::make_shared<std::exception_ptr>();
    bool answered() const { return value->has_value(); }
    Log::Done<T> done() const {
      return [value = value, error = error](std::exception_ptr e, T v) {
        ASSERT_FALSE(value->has_value()) << "answered twice";
        *error = std::move(e);
        value->emplace(std::move(v));
      };
    }
  };
  template <class T>
  T get(const Pending<T>& pending) {
    context.restart();
    while (!pending.answered())
      if (context.run_one_for(std::chrono::seconds(30)) == 0) throw std::runtime_error("no answer");
    if (*pending.error) std::rethrow_exception(*pending.error);
    return std::move(**pending.value);
  }

  Head head() { return head(log); }
  Head head(Log& of) {
    const Pending<Head> pending;
    of.head(pending.done());
    return get(pending);
  }
  Page read(Position after) {
    const Pending<Page> pending;
    log.read(after, pending.done());
    return get(pending);
  }
  // All pages.
  std::vector<Recorded> read_all() {
    std::vector<Recorded> all;
    for (bool end = false; !end;) {
      Page page = read(all.empty() ? 0 : all.back().position);
      end = page.end;
      all.insert(all.end(), page.events.begin(), page.events.end());
    }
    return all;
  }
  Page read_access(Position after, Position until) {
    const Pending<Page> pending;
    log.read_access(after, until, pending.done());
    return get(pending);
  }
  Loaded load(std::vector<Needed> aggregates, std::vector<Name> names = {}) {
    const Pending<Loaded> pending;
    log.load(std::move(aggregates), std::move(names), pending.done());
    return get(pending);
  }
  Appended append(const Batch& batch) {
    const Pending<Appended> pending;
    log.append(batch, pending.done());
    return get(pending);
  }
  Pending<Appended> begin_append(Log& to, const Batch& batch) {
    Pending<Appended> pending;
    to.append(batch, pending.done());
    return pending;
  }
  Pending<Head> begin_lock(Log& of) {
    Pending<Head> pending;
    of.lock(pending.done());
    return pending;
  }
  Head lock(Log& of) { return get(begin_lock(of)); }
  void unlock(Log& of) {
    const Pending<Head> pending;
    of.unlock(pending.done());
    get(pending);
  }

  // A batch that rests on `known`; each event is the next of its aggregate, counted over this test.
  Batch batch(const Head& known, const std::vector<std::pair<std::string, Event>>& events) {
    Batch result{known, created_at, {}, {}, {}};
    created_at += std::chrono::microseconds(1);
    for (const auto& [id, event] : events) {
      const AggregateId aggregate{type_of(event).aggregate, id};
      result.events.push_back({aggregate, ++sequences_[aggregate], "org", "creator", event, salt(), {}});
    }
    return result;
  }
  // Appends them on the log's head.
  void happened(const std::vector<std::pair<std::string, Event>>& events) {
    ASSERT_EQ(append(batch(head(), events)), Appended::written);
  }
  // It was not written: the sequences of its events are free again.
  void forget(const Batch& missed) {
    for (const NewEvent& event : missed.events) --sequences_[event.aggregate];
  }
  Salt salt() {
    ++salts_;
    Salt result{};
    for (std::size_t i = 0; i < 8; ++i) result[i] = std::byte(salts_ >> (8 * i) & 0xFF);
    return result;
  }

  Time created_at = std::chrono::sys_days{std::chrono::May / 4 / 2025} + std::chrono::microseconds(123456);

 private:
  std::map<AggregateId, Sequence> sequences_;
  std::uint64_t salts_ = 0;
};

inline MetadataSet metadata_set(const std::string& key, const std::string& value) {
  return {key, Value(value)};
}

// The head that a batch leaves behind when it was written.
inline Head head_after(const Batch& batch) {
  return {batch.known.position + static_cast<Position>(batch.events.size()), batch.events.back().salt,
          batch.created_at};
}

}  // namespace usermeta
