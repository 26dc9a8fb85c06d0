#pragma once

#include <exception>
#include <optional>
#include <type_traits>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace usermeta {

// Runs the context on this thread until the coroutine has ended; its result, or what it threw.
template <class T>
T run_coroutine(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
  std::exception_ptr failure;
  context.restart();
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& error) {
      failure = error;
      context.stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
  } else {
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& error, T value) {
      failure = error;
      result = std::move(value);
      context.stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
}

}  // namespace usermeta
