// Streamed calls over HTTP/1.1.

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "http/http1_streamed_call.hpp"
#include "http/linger.hpp"
#include "http/session.hpp"

namespace usermeta {

namespace asio = boost::asio;
using asio::awaitable;

// The connection ends with the call.
awaitable<void> Session::serve_stream() {
  const bool chunked = !parser_.is_http10();
  HttpRequest head = parser_.take();
  body_.release();
  Http1StreamedCall call(transport_, limits_, deadline_, chunked, std::move(head.body));
  head.body.clear();
  streamed_ = &call;
  if (finishing_) call.stop();
  call.watch();
  std::exception_ptr failure;
  try {
    co_await service_.serve_stream(std::move(head), call);
    co_await call.drain();
  } catch (...) {
    failure = std::current_exception();
  }
  // Awaiting anything else would throw if this was cancelled.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const bool gone = call.gone();
  co_await call.close();
  streamed_ = nullptr;
  if (failure && !gone) std::rethrow_exception(failure);
  if (!gone && transport_.is_open()) co_await linger(transport_, limits_, deadline_);
}

}  // namespace usermeta
