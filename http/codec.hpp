#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "http/failure.hpp"

namespace usermeta {

// How one message is written, whatever is around it.
enum class Codec : std::uint8_t { json, proto };

// A message may have this many bytes, unpacked.
inline constexpr std::size_t kLongestMessage = 4 * 1024 * 1024;

// The failure of a message with more bytes than that.
Failure message_too_large(std::size_t limit);

// Fills `into` (emptied first); what is wrong with the bytes, or nothing.
std::optional<Failure> decode(Codec codec, std::string_view bytes, google::protobuf::Message& into);

std::string encode(Codec codec, const google::protobuf::Message& message);

}  // namespace usermeta
