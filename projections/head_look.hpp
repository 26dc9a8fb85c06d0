#pragma once

#include <memory>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Asks the database for the log's head; one look serves all who asked before it began.
//
// Threads: any; the state lives on the connection's strand. Keep it in a shared_ptr.
class HeadLook : public std::enable_shared_from_this<HeadLook> {
 public:
  explicit HeadLook(std::shared_ptr<PgPipeline> connection) : connection_(std::move(connection)) {}

  // The head at some moment after the call. Throws Outage.
  boost::asio::awaitable<Position> look();

 private:
  using Handler = boost::asio::any_completion_handler<void(std::exception_ptr, Position)>;

  void ask();

  std::shared_ptr<PgPipeline> connection_;
  // On the connection's strand:
  std::vector<Handler> next_;  // served by the look after the one under way
  bool looking_ = false;
};

}  // namespace usermeta
