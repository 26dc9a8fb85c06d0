#include "store/entropy.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

TEST(RequestId, IsThirteenLettersAndDigits) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_request_id();
    EXPECT_EQ(id.size(), 13U);
    EXPECT_TRUE(std::ranges::all_of(id, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    })) << id;
  }
}

TEST(RequestId, IsAnotherEachTimeInEveryThread) {
  constexpr int kEach = 10'000;
  std::set<std::string> all;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) {
        std::string id = new_request_id();
        const std::lock_guard lock(mutex);
        all.insert(std::move(id));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(all.size(), 4U * kEach);
}

}  // namespace
}  // namespace usermeta
