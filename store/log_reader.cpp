#include "store/log_reader.hpp"

#include <utility>

namespace usermeta {

namespace asio = boost::asio;

LogReader::LogReader(asio::any_io_executor executor, Log& log, Position after)
    : executor_(std::move(executor)), log_(log), reading_(begin(after)) {}

Pending<Page> LogReader::begin(Position after) {
  Pending<Page> page(executor_);
  log_.read(after, page.done());
  return page;
}

asio::awaitable<Page> LogReader::next() {
  Page page = co_await reading_.get();
  if (!page.events.empty()) reading_ = begin(page.events.back().position);
  co_return page;
}

}  // namespace usermeta
