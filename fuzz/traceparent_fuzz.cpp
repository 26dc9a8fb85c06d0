#include "fuzz/fuzz.hpp"
#include "http/trace_context.hpp"

using namespace usermeta;

// The traceparent field.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field = fuzz::text(data, size);
  const std::string read = read_traceparent(field);
  if (read.empty()) return 0;
  fuzz::check(read.size() == 55 && read.starts_with("00-"), "what is stored is of version 00");
  fuzz::check(read_traceparent(read) == read, "what is stored is well-formed");
  fuzz::check(read.substr(2, 51) == field.substr(2, 51), "the ids are the client's");
  if (field.starts_with("00")) fuzz::check(read == field, "version 00 is kept as it is");
  Fields fields;
  fields.add("traceparent", field);
  fuzz::check(traceparent_of(fields) == read, "one field is read");
  fields.add("traceparent", field);
  fuzz::check(traceparent_of(fields).empty(), "of two none is");
  return 0;
}
