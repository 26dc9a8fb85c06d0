#include "store/pg_query.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

namespace asio = boost::asio;

asio::awaitable<PgRows> query(PgPipeline& pipeline, const PgStatement& statement, PgParams params) {
  using Handler = asio::any_completion_handler<void(std::exception_ptr, PgRows)>;
  const auto initiate = [&pipeline, &statement](Handler handler, PgParams values) {
    asio::dispatch(pipeline.strand(), [&pipeline, &statement, handler = std::move(handler),
                                       values = std::move(values)]() mutable {
      // std::function wants to be copied; the handler cannot be.
      auto shared = std::make_shared<Handler>(std::move(handler));
      pipeline.run(statement, values, [shared](std::exception_ptr error, PgRows rows) {
        const auto executor = asio::get_associated_executor(*shared);
        asio::dispatch(executor, [shared, error, rows = std::make_shared<PgRows>(std::move(rows))] {
          std::move (*shared)(error, std::move(*rows));
        });
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, PgRows)>(
      initiate, asio::use_awaitable, std::move(params));
}

Pending<PgRows> begin_query(PgPipeline& pipeline, const PgStatement& statement, const PgParams& params) {
  Pending<PgRows> rows(pipeline.strand());
  pipeline.run(statement, params, rows.done());
  return rows;
}

}  // namespace usermeta
