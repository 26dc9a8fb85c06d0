#include "http/codec.hpp"

#include <climits>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "http/json_codec.hpp"
#include "http/limits.hpp"

namespace usermeta {
namespace {

// Counts the outermost: no message of ours has lists in its lists.
bool has_too_many_parts(std::string_view bytes) {
  if (bytes.size() <= kMostParts) return false;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  std::size_t parts = 0;
  while (const std::uint32_t tag = in.ReadTag()) {
    if (++parts > kMostParts) return true;
    if (!google::protobuf::internal::WireFormatLite::SkipField(&in, tag)) return false;
  }
  return false;
}

}  // namespace

Failure message_too_large(std::size_t limit) {
  return {kResourceExhausted, {}, "the message is larger than " + std::to_string(limit) + " bytes"};
}

std::optional<Failure> decode(Codec codec, std::string_view bytes, google::protobuf::Message& into) {
  if (codec == Codec::json) {
    auto wrong = decode_json(bytes, into);
    if (!wrong) return std::nullopt;
    return Failure{kInvalidArgument, {}, "the body is not as expected: " + wrong->what};
  }
  if (has_too_many_parts(bytes))
    return Failure{kInvalidArgument, {}, "the body has more than " + std::to_string(kMostParts) + " values"};
  // The generated code looks at strings' UTF-8 itself (proto3).
  if (bytes.size() <= INT_MAX && into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return std::nullopt;
  return Failure{kInvalidArgument, {}, "the body is no such message, or a string in it is not UTF-8"};
}

std::string encode(Codec codec, const google::protobuf::Message& message) {
  return codec == Codec::json ? encode_json(message) : message.SerializeAsString();
}

}  // namespace usermeta
