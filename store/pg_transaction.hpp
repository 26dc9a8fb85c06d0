#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "store/pending.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

inline constexpr PgStatement kBegin{"begin", "BEGIN"};
inline constexpr PgStatement kCommit{"commit", "COMMIT"};

// One transaction on a pipeline. It is bound to one connection: when that is lost, nothing more of the
// transaction is sent to the next one, and commit() fails. Destroyed before its commit was sent, it is rolled
// back.
//
// Called on the pipeline's strand; the pipeline must outlive it. Nothing else may be run on the pipeline
// until the commit was sent, and nothing of this one afterwards.
class PgTransaction {
 public:
  explicit PgTransaction(PgPipeline& pipeline);  // begins it, without waiting
  ~PgTransaction();
  PgTransaction(const PgTransaction&) = delete;
  PgTransaction& operator=(const PgTransaction&) = delete;

  // Sends a statement and does not wait: a failure makes commit() fail.
  void run(const PgStatement& statement, const PgParams& params);

  // Throws Outage, for what failed before as well.
  boost::asio::awaitable<PgRows> query(const PgStatement& statement, PgParams params);

  // Sends the commit and does not wait, so that the next transaction may begin.
  void send_commit();

  // Sends it, if it was not, and waits. Throws Outage with the transaction's first failure: then nothing was
  // committed, or, after the loss of the connection, it is not known.
  boost::asio::awaitable<void> commit();

 private:
  void check_connection();
  bool lost() const { return pipeline_.losses() != losses_; }

  PgPipeline& pipeline_;
  std::uint64_t losses_;
  bool over_ = false;
  std::optional<Pending<PgRows>> commit_ = {};  // none: it was not sent
  std::shared_ptr<std::exception_ptr> failure_ = std::make_shared<std::exception_ptr>();
};

}  // namespace usermeta
