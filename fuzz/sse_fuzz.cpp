#include "fuzz/fuzz.hpp"
#include "http/server_sent_events.hpp"

using namespace usermeta;

// What a client of an event stream says in its header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  if (const auto position = last_event_id(text)) {
    fuzz::check(*position >= 0, "a position is one");
    fuzz::check(text.ends_with(std::to_string(*position)), "and the one that was sent");
  }
  const std::string accept(text);
  if (accepts_event_stream(accept)) {
    fuzz::check(size >= std::string_view("text/event-stream").size(), "nothing is made up");
    fuzz::check(accepts_event_stream("a/b;q=0.1," + accept), "another type before it changes nothing");
  }
  fuzz::check(accepts_event_stream(accept + ",text/event-stream"), "its name is found at the end");
  return 0;
}
