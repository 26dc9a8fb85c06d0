#include "http/codec.hpp"

#include <climits>

#include "http/json_codec.hpp"

namespace usermeta {

Failure message_too_large(std::size_t limit) {
  return {kResourceExhausted, {}, "the message is larger than " + std::to_string(limit) + " bytes"};
}

std::optional<Failure> decode(Codec codec, std::string_view bytes, google::protobuf::Message& into) {
  if (codec == Codec::json) {
    auto wrong = decode_json(bytes, into);
    if (!wrong) return std::nullopt;
    return Failure{kInvalidArgument, {}, "the body is not as expected: " + wrong->what};
  }
  // The generated code looks at strings' UTF-8 itself (proto3).
  if (bytes.size() <= INT_MAX && into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return std::nullopt;
  return Failure{kInvalidArgument, {}, "the body is no such message, or a string in it is not UTF-8"};
}

std::string encode(Codec codec, const google::protobuf::Message& message) {
  return codec == Codec::json ? encode_json(message) : message.SerializeAsString();
}

}  // namespace usermeta
