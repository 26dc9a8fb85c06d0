// From commands to a batch of events, and what the log stores of each.
#include <benchmark/benchmark.h>

#include "commands/command_handler.hpp"
#include "events/base64.hpp"
#include "events/json_string.hpp"
#include "store/entropy.hpp"
#include "store/pg_values.hpp"

namespace usermeta {
namespace {

constexpr std::size_t kBatch = 32;
const std::string kUser = "912794985092505613";
const std::string kOrg = "912794985089359885";

std::string value(std::size_t n) {
  std::string text = "a value of forty characters, so many: " + std::to_string(n);
  text.resize(40, '.');
  return text;
}

// A batch of sets for one user, with everything that it needs in the cache: submit, decide, written.
void decide_batch(benchmark::State& state) {
  SaltSource salts;
  CommandHandler::Options options;
  options.new_salt = [&] { return salts.next(); };
  CommandHandler handler(options);
  const auto submit = [&](Command command) {
    handler.submit({std::move(command), kOrg, kUser, [](std::string_view) { return std::nullopt; }, {}});
  };
  const auto pass = [&] {
    while (const auto want = handler.next(Time{std::chrono::microseconds{1}})) {
      if (std::holds_alternative<WantHead>(*want)) handler.head_is({});
      if (std::holds_alternative<WantLoad>(*want)) handler.loaded({});
      if (std::holds_alternative<WantAppend>(*want)) handler.appended(Appended::written);
    }
    return handler.take_answers();
  };
  submit(SetUpInstance{"instance", kOrg, "org", kUser, "admin", "1", {}});
  pass();
  std::size_t n = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i, ++n)
      submit(SetUserMetadata{kUser, {"key" + std::to_string(i % 10), Value(value(n % 99))}});
    if (pass().size() != kBatch) state.SkipWithError("not all were answered");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(decide_batch);

// One array of texts, as each column of a batch is one.
void encode_column(benchmark::State& state) {
  const std::vector<std::string_view> column(kBatch, kUser);
  for (auto _ : state) {
    PgParams params;
    params.texts(column);
    benchmark::DoNotOptimize(params);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(encode_column);

void encode_event(benchmark::State& state) {
  const Event event = MetadataSet{"greeting", Value(value(1))};
  for (auto _ : state) {
    benchmark::DoNotOptimize(slot_of(event));
    benchmark::DoNotOptimize(encode_payload(event));
  }
}
BENCHMARK(encode_event);

void decode_event(benchmark::State& state) {
  const std::string payload = encode_payload(MetadataSet{"greeting", Value(value(1))});
  for (auto _ : state) benchmark::DoNotOptimize(decode_payload("user.metadata.set", 2, payload));
}
BENCHMARK(decode_event);

void write_base64(benchmark::State& state) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(to_base64(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_base64)->Arg(40)->Arg(100'000);

void read_base64(benchmark::State& state) {
  const std::string text = to_base64(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  for (auto _ : state) benchmark::DoNotOptimize(from_base64(text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_base64)->Arg(40)->Arg(100'000);

void write_json_string(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    std::string out;
    append_json_string(out, text);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_json_string)->Arg(20)->Arg(100'000);

}  // namespace
}  // namespace usermeta
