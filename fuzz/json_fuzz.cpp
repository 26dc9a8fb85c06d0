#include "fuzz/messages.hpp"
#include "http/codec.hpp"
#include "http/target.hpp"

using namespace usermeta;

// JSON into each call's messages; the first byte says which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const auto message = fuzz::new_message(fuzz::take_byte(input));
  if (const auto failure = decode(Codec::json, input, *message)) {
    fuzz::check(is_utf8(failure->message), "a refusal can be sent");
    return 0;
  }
  const std::string written = encode(Codec::json, *message);
  fuzz::check(is_utf8(written), "JSON is UTF-8");
  const auto again = fuzz::new_message(static_cast<std::uint8_t>(data != nullptr ? data[0] : 0));
  fuzz::check(!decode(Codec::json, written, *again), "what was written is read");
  fuzz::check(fuzz::same(*message, *again), "JSON keeps a message as it is");
  const auto binary = fuzz::new_message(static_cast<std::uint8_t>(data != nullptr ? data[0] : 0));
  fuzz::check(!decode(Codec::proto, encode(Codec::proto, *message), *binary), "and so is protobuf");
  fuzz::check(encode(Codec::json, *binary) == written, "both codecs say the same");
  return 0;
}
