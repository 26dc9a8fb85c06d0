#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "commands/command.hpp"
#include "events/log.hpp"

namespace usermeta {

// An event that a rule wants to happen, in the stream of `aggregate`.
struct Emitted {
  AggregateId aggregate;
  std::string owner;
  Event event;
};

struct Decided {
  std::vector<Emitted> events;  // in order; empty when there is nothing to change
  Details unchanged;            // the answer's details when there is nothing to change
  std::vector<std::pair<Name, std::string>> claims;
  std::vector<Name> releases;
};

using Decision = std::variant<Decided, Refusal>;

// What a rule may look at besides the aggregates.
struct Context {
  const std::string& org;  // of the request
  const Allowed& allowed;
  Time now;
  const std::vector<Name>& taken;  // the names that are held, among those that the command claims
};

}  // namespace usermeta
