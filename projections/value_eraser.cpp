#include "projections/value_eraser.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "projections/event_list.hpp"
#include "projections/rebuild_progress.hpp"
#include "projections/value_erasure.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Between attempts that fail although the connection, which pauses by itself, is there.
constexpr std::chrono::milliseconds kEraseTrouble{500};

}  // namespace

ValueEraser::ValueEraser(const asio::any_io_executor& executor, Options options)
    : options_(std::move(options)),
      strand_(asio::make_strand(executor)),
      watch_(std::make_shared<CheckpointWatch>(executor)),
      wake_(strand_),
      stopped_(strand_, std::chrono::steady_clock::time_point::max()) {
  const auto connection = [this](const std::string& purpose) {
    return std::make_shared<PgPipeline>(
        strand_, PgPipeline::Options{.conninfo = options_.conninfo,
                                     .application_name = "usermeta " + purpose + " " + options_.process,
                                     .settings = kByEventIndex,
                                     .patience = std::chrono::seconds(60),
                                     .counts = options_.counts});
  };
  erasing_ = connection("erase");
  counting_ = connection("erased");
}

void ValueEraser::start() {
  watch_->on_wanted([this] {
    asio::dispatch(strand_, [this] {
      asked_ = true;
      wake_.cancel();
    });
  });
  asio::co_spawn(strand_, run(), asio::detached);
}

asio::awaitable<std::int64_t> ValueEraser::carried_out(Position erasure, std::chrono::milliseconds patience) {
  const bool done = co_await watch_->reached(erasure, patience);
  if (!done) throw Outage("the values are not erased yet, but will be: the log says so");
  co_return co_await count_erased(*counting_, erasure);
}

asio::awaitable<void> ValueEraser::run() {
  running_ = true;
  while (!stopping_) {
    asked_ = false;
    bool failed = false;
    try {
      co_await carry_out_all();
      trouble({});
    } catch (const std::exception& error) {
      failed = true;
      if (!stopping_) trouble(error.what());
    }
    if (stopping_ || (asked_ && !failed)) continue;
    wake_.expires_after(failed ? kEraseTrouble : options_.look);
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  running_ = false;
  stopped_.cancel();
}

asio::awaitable<void> ValueEraser::carry_out_all() {
  while (!stopping_) {
    const auto done = co_await carry_out_next_erasure(*erasing_);
    if (!done) break;
    watch_->advance(*done);
  }
  // A rebuild that was under way then may have been killed since.
  co_await drop_outdated_rebuild(*erasing_);
  // Another process may have been faster.
  const Position checkpoint = co_await erased_up_to(*counting_);
  watch_->advance(checkpoint);
}

asio::awaitable<void> ValueEraser::stop() {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto end = [this]() -> asio::awaitable<void> {
    stopping_ = true;
    wake_.cancel();
    erasing_->close();
    counting_->close();
    boost::system::error_code ignored;
    if (running_) co_await stopped_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  };
  co_await asio::co_spawn(strand_, end, asio::use_awaitable);
}

void ValueEraser::trouble(const std::string& message) {
  if (message == trouble_) return;
  trouble_ = message;
  if (options_.on_trouble)
    options_.on_trouble(message.empty() ? message : "values cannot be erased: " + message);
}

}  // namespace usermeta
