#pragma once

#include <random>
#include <string>

#include "support/process.hpp"

namespace usermeta {

// Sets and removes metadata of a few users, the same for the same seed; one command after the other.
inline boost::asio::awaitable<void> random_changes(Writer& writer, unsigned seed, int commands) {
  std::mt19937 random(seed);
  const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
  const std::string prefix = "u" + std::to_string(seed) + "-";
  int generation = 0;
  for (int i = 0; i < commands; ++i) {
    const std::string user = prefix + std::to_string(generation % 4);
    const std::string key = "key" + std::to_string(pick(6));
    const std::string value = "value" + std::to_string(i);
    Command command = AddMachineUser{user, {user + std::to_string(i), user, "", 0}};
    const unsigned what = pick(20);
    if (what < 11) command = SetUserMetadata{user, {key, Value(value)}};
    if (what >= 11 && what < 14) command = RemoveUserMetadata{user, key};
    if (what >= 14 && what < 17)
      command =
          BulkSetUserMetadata{user, {{key, Value(value)}, {"bulk", Value(value)}, {key, Value("twice")}}};
    if (what == 17) command = BulkRemoveUserMetadata{user, {key, key}};
    if (what == 18 && i > commands / 2) command = RemoveUser{prefix + "3"};
    if (i < 4) command = AddMachineUser{user, {user, user, "", 0}};
    CommandRequest request = Process::request(std::move(command));
    co_await writer.handle(std::move(request));
    generation = i < 4 ? generation + 1 : static_cast<int>(pick(4));
  }
}

}  // namespace usermeta
