#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/digest.hpp"

namespace usermeta {

// What a log says that it is at a moment (C2SP's tlog-checkpoint), in three lines:
//
//   usermeta.invalid/4f0c...    the log's name
//   4711                        how many entries it has
//   CsUYapGGPo4d...=            the root of their tree, in base64
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
std::string to_text(const Checkpoint& checkpoint);
// Lines behind the third are passed over. Nothing for what is no checkpoint.
std::optional<Checkpoint> parse_checkpoint(std::string_view text);

// The name of an instance's log; `instance`: see instance_of.
std::string origin_of(const std::string& instance);

}  // namespace usermeta
