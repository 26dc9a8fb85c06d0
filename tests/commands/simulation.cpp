#include "tests/commands/simulation.hpp"

#include <gtest/gtest.h>

#include "tests/commands/given.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

const std::string kUsers[] = {"u0", "u1", "u2"};

CommandHandler::Deadline deadline_at(int step) {
  return CommandHandler::Deadline{std::chrono::milliseconds{step}};
}

}  // namespace

Simulation::Simulation(unsigned seed, Options options) : options_(options), random_(seed) {
  log_.foreign({AggregateType::org, rules::kOrg}, rules::kOrg, OrgAdded{"Acme"}, rules::kNoon);
  for (const std::string& user : kUsers)
    log_.foreign({AggregateType::user, user}, rules::kOrg, rules::machine("bot-" + user), rules::kNoon);
  processes_.resize(static_cast<std::size_t>(options_.processes));
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    CommandHandler::Options with;
    with.batch_commands = 4;
    with.batches_in_flight = options_.batches_in_flight;
    with.cache_bytes = options_.cache_bytes;
    with.pending_commands = 30;
    with.new_salt = [i, last = std::uint32_t{0}]() mutable {
      Salt salt{};
      ++last;
      salt[0] = std::byte(i + 1);
      for (std::size_t k = 0; k < 4; ++k) salt[k + 1] = std::byte(last >> (8 * k) & 0xFF);
      return salt;
    };
    processes_[i].handler = std::make_unique<CommandHandler>(with);
  }
}

Time Simulation::clock() {
  return rules::kNoon + std::chrono::milliseconds{step_} + std::chrono::milliseconds{any(200)} - 100ms;
}

void Simulation::run() {
  for (; step_ < options_.steps; ++step_) step();
  for (int i = 0; !quiet(); ++i) {
    ASSERT_LT(i, 100'000) << "it never comes to rest";
    Process& process = processes_[any(processes_.size())];
    pump(process);
    perform(process, process.loads);
    perform(process, process.appends);
    tell(process, process.loads);
    tell(process, process.appends);
  }
}

bool Simulation::quiet() const {
  for (const Process& process : processes_) {
    if (!process.appends.idle() || !process.loads.idle() || process.handler->pending() > 0) return false;
    // One more want would show when it is pumped.
  }
  return holder_ == nullptr;
}

void Simulation::step() {
  Process& process = processes_[any(processes_.size())];
  if (any(10'000) < static_cast<std::size_t>(options_.outages_in_10000)) return outage(process);
  switch (any(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return submit(process);
    case 4:
      if (any(4) == 0) foreign_event();
      return;
    case 5:
      return ghost_arrives(process);
    case 6:
      if (any(4) == 0) process.handler->catch_up();
      return;
    case 7:
      process.handler->expire(deadline_at(step_));
      return collect(process);
    case 8:
    case 9:
    case 10:
      return perform(process, process.loads);
    case 11:
    case 12:
    case 13:
      return tell(process, process.loads);
    case 14:
    case 15:
    case 16:
      return perform(process, process.appends);
    default:
      tell(process, process.appends);
      return pump(process);
  }
}

Command Simulation::any_command() {
  const std::string user = any(8) == 0 ? "v" + std::to_string(any(5) + 1) : kUsers[any(3)];
  const std::string key(1, static_cast<char>('a' + any(3)));
  const auto entry = [&] { return rules::entry(key, std::to_string(any(3))); };
  const std::string token = "t" + std::to_string(any(4));
  switch (any(20)) {
    case 0:
      return AddMachineUser{"v" + std::to_string(++last_new_user_),
                            rules::machine("n" + std::to_string(any(3)))};
    case 1:
      return RemoveUser{"v" + std::to_string(any(static_cast<std::size_t>(last_new_user_) + 1))};
    case 2:
      return AddHumanUser{"v" + std::to_string(++last_new_user_), rules::human("N" + std::to_string(any(3))),
                          any(2) == 0};
    case 3:
      return LockUser{user};
    case 4:
      return UnlockUser{user};
    case 5:
      return AddPersonalAccessToken{user, token, sha256(token), {}};
    case 6:
      return RemovePersonalAccessToken{user, token};
    case 7:
      return AddOrgMember{user, {"ORG_OWNER"}};
    case 8:
      return RemoveOrgMember{user};
    case 9:
    case 10:
      return RemoveUserMetadata{user, key};
    case 11:
      return BulkRemoveUserMetadata{user, {key, key}};
    case 12:
    case 13:
      return BulkSetUserMetadata{user, {entry(), rules::entry("d", std::to_string(any(3)))}};
    default:
      return SetUserMetadata{user, entry()};
  }
}

void Simulation::submit(Process& process) {
  CommandRequest request{any_command(), any(4) == 0 ? std::string() : rules::kOrg, "caller",
                         [](std::string_view) { return std::nullopt; },
                         Origin{std::to_string(asked_.size()), "", ""}};
  if (const auto index = request.command.index(); index >= 11) request.org = rules::kOrg;
  if (std::holds_alternative<AddMachineUser>(request.command) ||
      std::holds_alternative<AddHumanUser>(request.command))
    request.org = rules::kOrg;
  if (any(5) == 0) request.deadline = deadline_at(step_ + static_cast<int>(any(300)));
  const auto ticket = process.handler->submit(request);
  if (!ticket) return;
  process.tickets[*ticket] = asked_.size();
  asked_.push_back({std::move(request), log_.head().position, {}, 0});
}

void Simulation::pump(Process& process) {
  while (auto want = process.handler->next(clock())) {
    Channel& channel = std::holds_alternative<WantLoad>(*want) ? process.loads : process.appends;
    channel.asked.push_back(std::move(*want));
  }
}

// Does the oldest thing asked, unless another's lock is in its way.
void Simulation::perform(Process& process, Channel& channel) {
  if (channel.asked.empty()) return;
  Want& want = channel.asked.front();
  auto& results = channel.results;
  if (std::holds_alternative<WantHead>(want)) {
    results.push_back([head = log_.head()](CommandHandler& h) { h.head_is(head); });
  } else if (const auto* load = std::get_if<WantLoad>(&want)) {
    results.push_back(
        [loaded = *log_.load(load->aggregates, load->names)](CommandHandler& h) { h.loaded(loaded); });
  } else if (const auto* append = std::get_if<WantAppend>(&want)) {
    if (!may_append(process)) return;
    const Appended outcome = log_.append(append->batch);
    if (outcome == Appended::written) holder_ = nullptr;
    results.push_back([outcome](CommandHandler& h) { h.appended(outcome); });
  } else if (const auto* follow = std::get_if<WantFollow>(&want)) {
    if (!perform_follow(process, *follow)) return;
  } else {
    EXPECT_EQ(holder_, &process) << "unlocked without the lock";
    holder_ = nullptr;
    results.push_back([](CommandHandler& h) { h.unlocked(); });
  }
  channel.asked.pop_front();
}

// A page a time; whether it was the last.
bool Simulation::perform_follow(Process& process, const WantFollow& want) {
  auto& channel = process.appends;
  if (want.lock && holder_ != &process) {
    if (holder_) return false;
    while (!process.ghosts.empty()) ghost_arrives(process);
    holder_ = &process;
  }
  const std::size_t limit = 1 + any(6);
  auto page = log_.read(want.after, limit);
  const bool last = page.size() < limit;
  const Position read = want.after + static_cast<Position>(page.size());
  channel.results.push_back([page = std::move(page)](CommandHandler& h) { h.followed(page); });
  if (last)
    channel.results.push_back([](CommandHandler& h) { h.follow_ended(); });
  else
    channel.asked.front() = WantFollow{read, want.lock};
  return last;
}

void Simulation::tell(Process& process, Channel& channel) {
  if (channel.results.empty()) return;
  channel.results.front()(*process.handler);
  channel.results.pop_front();
  collect(process);
}

void Simulation::collect(Process& process) {
  for (auto& [ticket, answer] : process.handler->take_answers()) {
    Asked& asked = asked_.at(process.tickets.at(ticket));
    EXPECT_FALSE(asked.answer) << "answered twice";
    asked.answer = std::move(answer);
    asked.answered_at = log_.head().position;
  }
}

// What is done and not told is lost; what is not done may still be, if it is an append.
void Simulation::outage(Process& process) {
  for (Want& want : process.appends.asked)
    if (auto* append = std::get_if<WantAppend>(&want)) process.ghosts.push_back(std::move(append->batch));
  process.appends = {};
  process.loads = {};
  if (holder_ == &process) holder_ = nullptr;
  process.handler->outage();
}

void Simulation::ghost_arrives(Process& process) {
  if (process.ghosts.empty() || holder_) return;
  if (any(2) == 0) log_.append(process.ghosts.front());
  process.ghosts.pop_front();
}

void Simulation::foreign_event() {
  if (holder_) return;
  const std::string key(1, static_cast<char>('a' + any(3)));
  const Event events[] = {rules::metadata(key, "9"), MetadataRemoved{key},
                          MetadataRemovedAll{},      UserLocked{},
                          MetadataValuesErased{key}, MetadataValuesErased{}};
  log_.foreign({AggregateType::user, kUsers[any(3)]}, rules::kOrg, events[any(6)], clock());
}

}  // namespace usermeta
