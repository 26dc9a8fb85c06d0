#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"
#include "http/request_parser.hpp"

using namespace usermeta;

namespace {

struct Outcome {
  std::vector<std::string> requests;
  bool refused = false;
  bool foreign = false;
  bool operator==(const Outcome&) const = default;
};

std::string said(const HttpRequest& request) {
  std::string all = request.method + ' ' + request.target + '\n';
  for (const auto& [name, value] : request.fields) all.append(name).append(": ").append(value) += '\n';
  return all + '\n' + request.body;
}

Outcome parse(std::string_view bytes, const HttpLimits& limits, fuzz::Pieces* pieces) {
  RequestParser parser(limits);
  Outcome outcome;
  bool in_body = false;
  while (true) {
    const auto step = parser.step();
    outcome.refused = step == RequestParser::Step::refused;
    outcome.foreign = step == RequestParser::Step::foreign;
    if (outcome.refused || outcome.foreign) return outcome;
    if (step == RequestParser::Step::header) {
      fuzz::check(!in_body, "a request has one header");
      in_body = true;
      parser.wants_continue();
    }
    if (step == RequestParser::Step::done) {
      fuzz::check(in_body, "a request has a header");
      in_body = false;
      const bool keep_alive = parser.keep_alive();
      outcome.requests.push_back(said(parser.take()) + (keep_alive ? "\nkeep" : "\nclose"));
      fuzz::check(outcome.requests.back().size() < 10'000, "the limits hold");
    }
    if (step != RequestParser::Step::more) continue;
    if (bytes.empty()) return outcome;
    const std::span<char> space = parser.space();
    fuzz::check(!space.empty(), "there is space for more");
    const std::size_t size =
        std::min({pieces != nullptr ? pieces->next() : bytes.size(), space.size(), bytes.size()});
    std::memcpy(space.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    parser.received(size);
  }
}

}  // namespace

// HTTP/1.1: the same requests however the network cuts the bytes up; the first byte says how it does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = fuzz::text(data, size);
  const std::uint8_t choice = fuzz::take_byte(bytes);
  HttpLimits limits;
  limits.header_bytes = 512;
  limits.body_bytes = 1024;
  fuzz::Pieces pieces(choice);
  fuzz::check(parse(bytes, limits, &pieces) == parse(bytes, limits, nullptr),
              "any pieces, the same requests");
  return 0;
}
