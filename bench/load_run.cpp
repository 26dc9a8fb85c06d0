#include "bench/load_run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include "bench/grpc_connection.hpp"
#include "bench/http1_connection.hpp"

namespace usermeta::bench {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kPatience{30};  // without any answer
constexpr int kEventsAtOnce = 64;

timespec timespec_of(nanoseconds time) {
  const auto count = std::max<std::int64_t>(time.count(), 0);
  return {.tv_sec = count / 1'000'000'000, .tv_nsec = count % 1'000'000'000};
}

// Every connection is an open file, and the usual soft limit is 1024.
void allow_many_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("setrlimit");
}

}  // namespace

LoadRun::LoadRun(const Options& options)
    : options_(options),
      questions_(options),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      rooms_(options.connections * options.streams),
      schedule_(options) {
  if (epoll_ < 0) throw_errno("epoll_create1");
  // The kernel may wake a sleeper 50 us late to save power; requests would be as late.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  allow_many_open_files();
  Answers& answers = *this;
  for (std::size_t i = 0; i < options.connections; ++i) {
    auto& connection = connections_.emplace_back();
    if (options.format == Format::grpc)
      connection = std::make_unique<GrpcConnection>(questions_, answers);
    else
      connection = std::make_unique<Http1Connection>(questions_, answers);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = connection.get()}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->descriptor(), &event) != 0) throw_errno("epoll_ctl");
  }
}

LoadRun::~LoadRun() {
  ::close(epoll_);
}

Statistics LoadRun::run() {
  schedule_ = Schedule(options_);  // begins now that all is connected
  const auto begin = Clock::now();
  for (std::size_t stream = 0; stream < options_.streams; ++stream)
    for (const auto& connection : connections_) add_room({connection.get(), begin});
  while (true) {
    const auto now = Clock::now();
    look_at_usage(now);
    ask_due(now);
    if (under_way_ == 0 && schedule_.is_over(now)) break;
    wait();
  }
  look_at_usage(schedule_.end());
  questions_.check_repeats();
  const auto end = options_.each ? Clock::now() : schedule_.end();
  statistics_.seconds = std::chrono::duration<double>(end - schedule_.measured_from()).count();
  return std::move(statistics_);
}

void LoadRun::answered(Connection& connection, const Question& question, Outcome outcome) {
  const auto now = Clock::now();
  --under_way_;
  last_answer_ = now;
  ++statistics_.answered;
  add_room({&connection, now});
  if (!schedule_.is_measured(question.due, now)) return;
  if (outcome == Outcome::refused) return statistics_.refused.add(now - question.sent);
  statistics_.accepted.add(now - question.due);
  statistics_.sent_accepted.add(now - question.sent);
}

void LoadRun::add_room(Room room) {
  rooms_[(first_free_ + free_) % rooms_.size()] = room;
  ++free_;
}

void LoadRun::ask_due(Clock::time_point now) {
  while (free_ > 0) {
    const auto due = schedule_.take(now);
    if (!due) break;
    const Room room = rooms_[first_free_];
    first_free_ = (first_free_ + 1) % rooms_.size();
    --free_;
    if (schedule_.is_measured(*due, *due)) statistics_.late.add(now - std::max(*due, room.since));
    room.connection->ask(questions_.next(*due, now));
    if (under_way_++ == 0) last_answer_ = now;
    asked_.push_back(room.connection);
  }
  for (Connection* connection : asked_) connection->flush();
  asked_.clear();
}

void LoadRun::wait() {
  nanoseconds patience = kPatience;
  if (schedule_.is_open()) {
    const timespec next = timespec_of(schedule_.next_tick(Clock::now()).time_since_epoch());
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    if (free_ > 0) patience = nanoseconds(0);
  }
  const timespec timeout = timespec_of(patience);
  std::array<epoll_event, kEventsAtOnce> events;
  const int count = ::epoll_pwait2(epoll_, events.data(), kEventsAtOnce, &timeout, nullptr);
  if (count < 0 && errno != EINTR) throw_errno("epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr)->ready();
    // Each at once, so that the service has something to do while the others are looked at.
    ask_due(Clock::now());
  }
  if (under_way_ > 0 && Clock::now() - last_answer_ > kPatience) throw WrongAnswer("no answer for 30 s");
}

void LoadRun::look_at_usage(Clock::time_point now) {
  if (!std::exchange(usage_before_, usage_before_ || now >= schedule_.measured_from()) && usage_before_)
    statistics_.before = Usage::now();
  if (!std::exchange(usage_after_, usage_after_ || now >= schedule_.end()) && usage_after_)
    statistics_.after = Usage::now();
}

}  // namespace usermeta::bench
