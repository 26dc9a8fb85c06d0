#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "events/log.hpp"
#include "store/pending.hpp"

namespace usermeta {

// Reads the log page by page, one page ahead: while the caller is at a page, the next one is on its way.
//
// All on the log's strand, which is the executor. The log must outlive what was begun.
class LogReader {
 public:
  // Begins with the event after that position.
  LogReader(boost::asio::any_io_executor executor, Log& log, Position after);

  // The next page; one without events ends the log. Throws what the log reports.
  boost::asio::awaitable<Page> next();

 private:
  Pending<Page> begin(Position after);

  boost::asio::any_io_executor executor_;
  Log& log_;
  Pending<Page> reading_;
};

}  // namespace usermeta
