#include <stdexcept>

#include "fuzz/messages.hpp"
#include "http/codec.hpp"

using namespace usermeta;

// Protobuf's bytes into each call's messages; the first byte says which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::uint8_t type = fuzz::take_byte(input);
  const auto message = fuzz::new_message(type);
  if (decode(Codec::proto, input, *message)) return 0;
  const auto again = fuzz::new_message(type);
  fuzz::check(!decode(Codec::proto, encode(Codec::proto, *message), *again), "what was written is read");
  fuzz::check(fuzz::same(*message, *again), "the bytes keep a message as it is");
  message->DiscardUnknownFields();
  try {
    const std::string text = encode(Codec::json, *message);
    fuzz::check(!decode(Codec::json, text, *again), "any message is read from its JSON");
    fuzz::check(fuzz::same(*message, *again), "JSON keeps a message as it is");
  } catch (const std::out_of_range&) {
    return 0;  // a timestamp outside the years that have a text
  }
  return 0;
}
