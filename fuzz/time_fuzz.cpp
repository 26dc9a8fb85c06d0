#include "events/time.hpp"
#include "fuzz/fuzz.hpp"
#include "http/connect.hpp"
#include "http/grpc.hpp"
#include "http/timestamp_text.hpp"

using namespace usermeta;

// Times in JSON, and how long a client waits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  google::protobuf::Timestamp instant;
  if (parse_timestamp(text, instant)) {
    std::string written;
    append_timestamp(instant, written);
    google::protobuf::Timestamp again;
    fuzz::check(parse_timestamp(written, again), "what was written is read");
    fuzz::check(again.seconds() == instant.seconds() && again.nanos() == instant.nanos(), "as it was");
    fuzz::check(from_rfc3339(written).has_value(), "the log reads it as well");
  }
  if (const auto time = from_rfc3339(text)) {
    fuzz::check(from_rfc3339(to_rfc3339(*time)) == time, "a stored time is read as it was written");
  }
  constexpr auto longest = std::chrono::hours(99'999'999);
  for (const auto wait : {parse_grpc_timeout(text), parse_connect_timeout(text)}) {
    fuzz::check(!wait || (wait->count() >= 0 && *wait <= longest), "a client waits for a time that there is");
  }
  return 0;
}
