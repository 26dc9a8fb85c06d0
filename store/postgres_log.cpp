#include "store/postgres_log.hpp"

#include "store/log_append.hpp"
#include "store/log_load.hpp"
#include "store/log_rows.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {
namespace {

// A plan that was made while the tables were small must not read them whole when they have grown, nor all of
// a slot's events (a bitmap has no order) for the sake of the last one. And it is made once: PostgreSQL would
// plan anew for each set of parameters, which is slower than the read.
constexpr const char* kByIndex =
    "-c search_path=usermeta -c enable_seqscan=off -c enable_bitmapscan=off"
    " -c plan_cache_mode=force_generic_plan";

constexpr PgStatement kHead{"head", "SELECT position, salt, created_at FROM log_head"};

#define USERMETA_READ(condition, most) \
  "SELECT " USERMETA_EVENT_COLUMNS " FROM " USERMETA_EVENT_PAGE(condition, most) " page ORDER BY position"
constexpr int kPage = 1000;

constexpr PgStatement kRead{"read", USERMETA_READ("position > $1", "$2::bigint")};
constexpr PgStatement kReadAccess{
    "read_access",
    USERMETA_READ(
        "position > $1 AND position <= $2 AND type IN ('instance.member.added', 'instance.member.removed',"
        " 'org.added', 'org.member.added', 'org.member.removed', 'user.pat.added', 'user.pat.removed',"
        " 'user.locked', 'user.deactivated', 'user.removed')",
        "$3::bigint")};

constexpr PgStatement kLockHead{"lock", "SELECT position, salt, created_at FROM log_head FOR UPDATE"};

// Ends the server process of a connection that was lost, and waits until it is gone: what it was at has then
// been committed or never will be.
constexpr PgStatement kFence{"fence",
                             "SELECT bool_and(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                             " WHERE application_name = $1 AND datname = current_database()"
                             " AND pid <> pg_backend_pid()"};

void take_page(const Log::Done<Page>& done, std::exception_ptr error, const PgRows& rows) {
  Page page;
  try {
    if (error) std::rethrow_exception(error);
    page.events.reserve(static_cast<std::size_t>(rows.size()));
    std::size_t bytes = 0;
    for (int row = 0; row < rows.size(); ++row) {
      page.events.push_back(recorded_at(rows, row));
      bytes += page.events.back().payload.size();
    }
    page.end = rows.size() < kPage && bytes < kEventPageBytes;
  } catch (const UnreadableEvent& unreadable) {
    // Those before it are a page of their own; the next begins with it.
    page.end = false;
    if (page.events.empty())
      error = std::make_exception_ptr(UnreadableEvent(
          "the event at position " + std::to_string(rows.int8(0, 0)) + ": " + unreadable.what()));
  } catch (...) {
    error = std::current_exception();
  }
  done(error, std::move(page));
}

void take_head(const Log::Done<Head>& done, std::exception_ptr error, const PgRows& rows) {
  if (!error && rows.size() != 1)
    error = std::make_exception_ptr(Outage("the table log_head has no row: the database is damaged"));
  done(error, error ? Head{} : head_at(rows, 0));
}

}  // namespace

PostgresLog::PostgresLog(PgPipeline::Strand strand, const std::string& conninfo, const std::string& process,
                         const std::shared_ptr<PgConnectionCounts>& counts)
    : appender_name_("usermeta append " + process) {
  // An append is durable when it is answered, whatever the server's default; a process that holds the log's
  // lock and hangs is thrown out, and one that waits for the lock gives up in time to say so.
  appender_ = std::make_shared<PgPipeline>(
      strand,
      PgPipeline::Options{.conninfo = conninfo,
                          .application_name = appender_name_,
                          .settings = "-c search_path=usermeta -c synchronous_commit=on -c lock_timeout=5s"
                                      " -c idle_in_transaction_session_timeout=5s"
                                      " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off",
                          .counts = counts});
  reader_ =
      std::make_shared<PgPipeline>(strand, PgPipeline::Options{.conninfo = conninfo,
                                                               .application_name = "usermeta read " + process,
                                                               .settings = kByIndex,
                                                               .counts = counts});
}

PostgresLog::~PostgresLog() {
  close();
}

void PostgresLog::head(Done<Head> done) {
  reader_->run(kHead, {}, [done = std::move(done)](std::exception_ptr error, const PgRows& rows) {
    take_head(done, error, rows);
  });
}

void PostgresLog::read(Position after, Done<Page> done) {
  reader_->run(kRead, PgParams().int8(after).int8(kPage),
               [done = std::move(done)](std::exception_ptr error, const PgRows& rows) {
                 take_page(done, error, rows);
               });
}

void PostgresLog::read_access(Position after, Position until, Done<Page> done) {
  reader_->run(kReadAccess, PgParams().int8(after).int8(until).int8(kPage),
               [done = std::move(done)](std::exception_ptr error, const PgRows& rows) {
                 take_page(done, error, rows);
               });
}

void PostgresLog::load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) {
  load_aggregates(*reader_, aggregates, names, std::move(done));
}

void PostgresLog::append(const Batch& batch, Done<Appended> done) {
  append_batch(*appender_, batch,
               [this, done = std::move(done)](std::exception_ptr error, bool written) mutable {
                 if (error) {
                   fence_ = true;
                   locked_ = false;
                   // A statement that failed in a transaction leaves it open, and behind it nothing can be
                   // trusted.
                   appender_->reset("an append failed");
                   return done(error, Appended::missed);
                 }
                 if (locked_) return commit(written ? Appended::written : Appended::missed, std::move(done));
                 done(nullptr, written ? Appended::written : Appended::missed);
               });
}

void PostgresLog::commit(Appended outcome, Done<Appended> done) {
  appender_->run(kCommit, {},
                 [this, outcome, done = std::move(done)](std::exception_ptr error, const PgRows&) {
                   locked_ = false;
                   if (error) fence_ = true;
                   if (error) appender_->reset("a commit failed");
                   done(error, outcome);
                 });
}

void PostgresLog::lock(Done<Head> done) {
  const auto give_up = [this](const std::exception_ptr& error) {
    if (error) appender_->reset("could not take the log's lock");
  };
  if (fence_) {
    appender_->run(kFence, PgParams().text(appender_name_),
                   [this](std::exception_ptr error, const PgRows& rows) {
                     if (!error && (rows.is_null(0, 0) || rows.boolean(0, 0))) fence_ = false;
                   });
  }
  appender_->run(kBegin, {}, [](std::exception_ptr, const PgRows&) {});
  appender_->run(
      kLockHead, {}, [this, give_up, done = std::move(done)](std::exception_ptr error, const PgRows& rows) {
        if (!error && fence_)
          error = std::make_exception_ptr(Outage("the server process of a lost connection is still at work"));
        give_up(error);
        locked_ = !error;
        take_head(done, error, rows);
      });
}

void PostgresLog::unlock(Done<Head> done) {
  appender_->run(kCommit, {}, [this, done = std::move(done)](std::exception_ptr error, const PgRows&) {
    locked_ = false;
    if (error) appender_->reset("could not give the log's lock back");
    done(error, Head{});
  });
}

void PostgresLog::close() {
  appender_->close();
  reader_->close();
}

}  // namespace usermeta
