#include "store/log_reader.hpp"

#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

namespace asio = boost::asio;

// Outlives the reader when that is given up before the answer is there.
struct LogReader::Reading {
  explicit Reading(const asio::any_io_executor& executor)
      : arrived(executor, asio::steady_timer::time_point::max()) {}

  std::optional<Page> page;
  std::exception_ptr error;
  asio::steady_timer arrived;  // cancelled when it has
};

LogReader::LogReader(asio::any_io_executor executor, Log& log, Position after)
    : executor_(std::move(executor)), log_(log) {
  begin(after);
}

void LogReader::begin(Position after) {
  reading_ = std::make_shared<Reading>(executor_);
  log_.read(after, [reading = reading_](std::exception_ptr error, Page page) {
    reading->error = std::move(error);
    reading->page = std::move(page);
    reading->arrived.cancel();
  });
}

asio::awaitable<Page> LogReader::next() {
  const auto reading = reading_;
  boost::system::error_code ignored;
  while (!reading->page)
    co_await reading->arrived.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (reading->error) std::rethrow_exception(reading->error);
  Page page = *std::move(reading->page);
  if (!page.events.empty()) begin(page.events.back().position);
  co_return page;
}

}  // namespace usermeta
