#include "store/pg_transaction.hpp"

#include "store/pg_query.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr PgStatement kRollback{"rollback", "ROLLBACK"};

}  // namespace

PgTransaction::PgTransaction(PgPipeline& pipeline) : pipeline_(pipeline), losses_(pipeline.losses()) {
  run(kBegin, {});
}

PgTransaction::~PgTransaction() {
  if (over_ || lost()) return;
  pipeline_.run(kRollback, {}, [](const std::exception_ptr&, const PgRows&) {});
}

void PgTransaction::run(const PgStatement& statement, const PgParams& params) {
  check_connection();
  if (lost()) return;
  pipeline_.run(statement, params, [failure = failure_](const std::exception_ptr& error, const PgRows&) {
    if (error && !*failure) *failure = error;
  });
}

asio::awaitable<PgRows> PgTransaction::query(const PgStatement& statement, PgParams params) {
  check_connection();
  if (*failure_) std::rethrow_exception(*failure_);
  PgRows rows;
  try {
    rows = co_await usermeta::query(pipeline_, statement, std::move(params));
  } catch (...) {
    // After one that was run before it is refused for that one's sake only.
    if (!*failure_) *failure_ = std::current_exception();
  }
  if (*failure_) std::rethrow_exception(*failure_);
  co_return rows;
}

void PgTransaction::send_commit() {
  check_connection();
  over_ = true;
  if (!lost()) commit_ = begin_query(pipeline_, kCommit, {});
}

asio::awaitable<void> PgTransaction::commit() {
  // The commit of a transaction in which a statement failed rolls back and says so only by its name: the
  // first failure is kept.
  if (!over_) send_commit();
  std::exception_ptr error;
  try {
    if (commit_) co_await commit_->get();
  } catch (...) {
    error = std::current_exception();
  }
  if (*failure_) error = *failure_;
  if (error) std::rethrow_exception(error);
}

void PgTransaction::check_connection() {
  if (lost() && !*failure_)
    *failure_ = std::make_exception_ptr(Outage("lost the connection to PostgreSQL within a transaction"));
}

}  // namespace usermeta
