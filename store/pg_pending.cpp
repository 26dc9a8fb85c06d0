#include "store/pg_pending.hpp"

#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

namespace asio = boost::asio;

// Outlives who is no longer interested.
struct PgPending::Answer {
  explicit Answer(const PgPipeline::Strand& strand)
      : arrived(strand, asio::steady_timer::time_point::max()) {}

  PgRows rows;
  std::exception_ptr error;
  bool done = false;
  asio::steady_timer arrived;  // cancelled when it has
};

PgPending::PgPending(PgPipeline& pipeline, const PgStatement& statement, const PgParams& params)
    : answer_(std::make_shared<Answer>(pipeline.strand())) {
  pipeline.run(statement, params, [answer = answer_](const std::exception_ptr& error, PgRows rows) {
    answer->error = error;
    answer->rows = std::move(rows);
    answer->done = true;
    answer->arrived.cancel();
  });
}

asio::awaitable<PgRows> PgPending::rows() const {
  const auto answer = answer_;
  boost::system::error_code ignored;
  while (!answer->done)
    co_await answer->arrived.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (answer->error) std::rethrow_exception(answer->error);
  co_return std::move(answer->rows);
}

}  // namespace usermeta
