// From a request's bytes to its command, and from what was done to the answer's bytes, step by step.
#include <benchmark/benchmark.h>

#include "commands/command.hpp"
#include "events/base64.hpp"
#include "http/api_details.hpp"
#include "http/codec.hpp"
#include "http/request_parser.hpp"
#include "http/response_head.hpp"
#include "http/routing.hpp"
#include "http/target.hpp"
#include "http/token.hpp"
#include "zitadel/management.pb.h"

namespace usermeta {
namespace {

const std::string kBody = "{\"value\":\"" + to_base64("a value of forty characters, so many: 01") + "\"}";

std::string set_request() {
  return "POST /management/v1/users/912794985092505613/metadata/greeting HTTP/1.1\r\nHost: localhost\r\n"
         "Authorization: Bearer " +
         new_token() +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(kBody.size()) +
         "\r\n\r\n" + kBody;
}

HttpRequest parse(RequestParser& parser, std::string_view bytes) {
  const auto space = parser.space();
  parser.received(bytes.copy(space.data(), space.size()));
  parser.step();
  parser.step();
  return parser.take();
}

void parse_request(benchmark::State& state) {
  const HttpLimits limits;
  RequestParser parser(limits);
  const std::string bytes = set_request();
  for (auto _ : state) benchmark::DoNotOptimize(parse(parser, bytes));
}
BENCHMARK(parse_request);

void route_request(benchmark::State& state) {
  const HttpLimits limits;
  RequestParser parser(limits);
  const HttpRequest request = parse(parser, set_request());
  for (auto _ : state) benchmark::DoNotOptimize(read_header(request));
}
BENCHMARK(route_request);

void decode_message(benchmark::State& state) {
  for (auto _ : state) {
    management::SetUserMetadataRequest message;
    benchmark::DoNotOptimize(decode(Codec::json, kBody, message));
  }
}
BENCHMARK(decode_message);

void request_to_command(benchmark::State& state) {
  const HttpLimits limits;
  RequestParser parser(limits);
  const std::string bytes = set_request();
  for (auto _ : state) {
    const HttpRequest request = parse(parser, bytes);
    const Asked asked = read_header(request);
    management::SetUserMetadataRequest message;
    if (decode(asked.format->codec, request.body, message)) state.SkipWithError("the body is wrong");
    message.set_id(*percent_decode(asked.route.placeholders[0].second));
    message.set_key(*percent_decode(asked.route.placeholders[1].second));
    Command command = SetUserMetadata{message.id(), {message.key(), Value(message.value())}};
    benchmark::DoNotOptimize(command);
  }
}
BENCHMARK(request_to_command);

void hash_token(benchmark::State& state) {
  const std::string token = new_token();
  for (auto _ : state) benchmark::DoNotOptimize(hash_of_token(token));
}
BENCHMARK(hash_token);

void encode_answer(benchmark::State& state) {
  const auto codec = static_cast<Codec>(state.range(0));
  const Details details{123'456, Time{std::chrono::microseconds{1'764'000'000'123'456}},
                        "912794985089359885"};
  for (auto _ : state) {
    management::SetUserMetadataResponse message;
    message.set_id("912794985092505613");
    set_details(*message.mutable_details(), details, Dates::both);
    benchmark::DoNotOptimize(encode(codec, message));
  }
}
BENCHMARK(encode_answer)->Arg(static_cast<int>(Codec::json))->Arg(static_cast<int>(Codec::proto));

void write_head(benchmark::State& state) {
  HttpResponse response{200, {}, std::string(190, 'x'), {}};
  response.fields.add("content-type", "application/json");
  response.fields.add("x-request-id", "0123456789abcdef");
  const auto now = std::chrono::system_clock::now();
  for (auto _ : state) benchmark::DoNotOptimize(response_head(response, Persistence::keep, now));
}
BENCHMARK(write_head);

}  // namespace
}  // namespace usermeta
