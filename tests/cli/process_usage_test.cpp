#include "cli/process_usage.hpp"

#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <gtest/gtest.h>

#include "store/file_descriptor.hpp"

namespace usermeta {
namespace {

// Those that answer: the ones of a test have small numbers.
std::uint64_t open_now() {
  std::uint64_t count = 0;
  for (int fd = 0; fd < 1024; ++fd)
    if (::fcntl(fd, F_GETFD) != -1) ++count;
  return count;
}

TEST(ProcessUsage, CountsDescriptorsWithoutItsOwn) {
  const auto before = process_usage().open_descriptors;
  EXPECT_EQ(before, open_now());
  {
    const FileDescriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const FileDescriptor two(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(process_usage().open_descriptors, before + 2);
  }
  EXPECT_EQ(process_usage().open_descriptors, before);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(process_usage().most_descriptors, limit.rlim_cur);
}

TEST(ProcessUsage, MemoryGrowsWithWhatIsTouched) {
  const auto before = process_usage().resident_bytes;
  const std::vector<char> touched(64 << 20, 'x');
  EXPECT_GE(process_usage().resident_bytes, before + touched.size() / 2);
}

TEST(ProcessUsage, TimeGrowsWithWork) {
  const double before = process_usage().cpu_seconds;
  while (process_usage().cpu_seconds < before + 0.001) continue;
  EXPECT_GT(process_usage().cpu_seconds, 0);
}

}  // namespace
}  // namespace usermeta
