#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

// What is on its way: asked for now, and awaited when it is wanted. What is never awaited is forgotten.
//
// All on the executor, a strand.
template <class T>
class Pending {
 public:
  explicit Pending(const boost::asio::any_io_executor& executor)
      : answer_(std::make_shared<Answer>(executor)) {}

  // To be called once, with an error or the answer.
  auto done() const {
    return [answer = answer_](std::exception_ptr error, T value) {
      answer->error = std::move(error);
      answer->value = std::move(value);
      answer->arrived.cancel();
    };
  }

  // To be awaited once. Throws the error.
  boost::asio::awaitable<T> get() const {
    const auto answer = answer_;
    boost::system::error_code ignored;
    while (!answer->value)
      co_await answer->arrived.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    if (answer->error) std::rethrow_exception(answer->error);
    co_return *std::move(answer->value);
  }

 private:
  // Outlives who is no longer interested.
  struct Answer {
    explicit Answer(const boost::asio::any_io_executor& executor)
        : arrived(executor, boost::asio::steady_timer::time_point::max()) {}

    std::optional<T> value;
    std::exception_ptr error;
    boost::asio::steady_timer arrived;  // cancelled when it has
  };

  std::shared_ptr<Answer> answer_;
};

}  // namespace usermeta
