#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace usermeta {

// A thread for calls that wait for Kafka.
class KafkaThread {
 public:
  // Runs `work` there, while the caller's strand is free for others. Throws what `work` throws.
  template <class Work>
  boost::asio::awaitable<void> run(Work work) {
    // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
    const auto there = [&work]() -> boost::asio::awaitable<void> {
      work();
      co_return;
    };
    co_await boost::asio::co_spawn(pool_.get_executor(), there, boost::asio::use_awaitable);
  }

 private:
  boost::asio::thread_pool pool_{1};
};

}  // namespace usermeta
