#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/recorded.hpp"

namespace usermeta {

// One that follows the log.
struct Follower {
  std::string name;
  bool here = true;                    // this process does its work; otherwise another one may
  std::optional<Position> checkpoint;  // all up to here is done; only known where it is known
  std::string error;                   // the last, while it lasts; or nothing
};

struct Status {
  Position head = 0;  // of the log, as far as this process knows it
  std::vector<Follower> projections;
  std::vector<Follower> publishers;
};

// What GET /debug/status shows, as one JSON object:
//
//   {"logPosition":9,
//    "projections":[{"name":"user_metadata","runsHere":true,"position":9,"lag":0,"lastError":""}, ...],
//    "publishers":[{"name":"usermeta.events","runsHere":false,"position":null,"lag":null,"lastError":""}]}
std::string as_json(const Status& status);

}  // namespace usermeta
