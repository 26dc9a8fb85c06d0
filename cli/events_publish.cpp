#include "cli/events_publish.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "cli/command.hpp"
#include "cli/kafka_options.hpp"
#include "cli/progress.hpp"
#include "cli/stop_signals.hpp"
#include "store/entropy.hpp"
#include "stream/republication.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

struct PublishOptions {
  CommandOptions common;
  KafkaOptions kafka;
  Position from = 1;
};

// What the operator sees of it while it runs, on standard error.
class Display {
 public:
  void show(std::int64_t done, std::int64_t of) {
    waiting_since_ = {};
    told_ = false;
    connection_error_.clear();
    progress_.show(done, of, Progress::Clock::now());
  }
  void connection_failed(const std::string& error) { connection_error_ = error; }
  // Once, when a wait becomes long.
  void waits(const std::string& why) {
    const auto now = Progress::Clock::now();
    if (waiting_since_ == Progress::Clock::time_point{}) waiting_since_ = now;
    if (told_ || now - waiting_since_ < kShortWait) return;
    told_ = true;
    progress_.finish();
    const std::string& reason = connection_error_.empty() ? why : connection_error_;
    std::fprintf(stderr, "usermeta: waiting for Kafka: %s\n", reason.c_str());
  }
  void finish() { progress_.finish(); }

 private:
  Progress progress_{stderr, ::isatty(STDERR_FILENO) == 1, Progress::Clock::now()};
  Progress::Clock::time_point waiting_since_;
  bool told_ = false;
  std::string connection_error_;
};

Republication::Result run(const PublishOptions& options, const std::string& conninfo, Display& display) {
  asio::io_context context;
  const auto strand = asio::make_strand(asio::any_io_executor(context.get_executor()));
  Publication::Options publication = publication_options(options.kafka, "--topic");
  publication.on_error = [&](const std::string& error) { display.connection_failed(error); };
  publication.on_retry = [&](const std::string& why) { display.waits(why); };
  Republication republication(
      strand, {.conninfo = conninfo,
               .process = new_process_name(),
               .publication = std::move(publication),
               .from = options.from,
               .on_progress = [&](std::int64_t done, std::int64_t of) { display.show(done, of); }});
  StopSignals signals(context.get_executor(), [&] { asio::dispatch(strand, [&] { republication.stop(); }); });
  std::exception_ptr failure;
  Republication::Result result;
  asio::co_spawn(strand, republication.run(),
                 [&](const std::exception_ptr& error, const Republication::Result& reached) {
                   failure = error;
                   result = reached;
                   signals.forget();
                 });
  context.run();
  display.finish();
  if (failure) std::rethrow_exception(failure);
  return result;
}

void publish(const PublishOptions& options, const std::string& conninfo) {
  Display display;
  const Republication::Result result = run(options, conninfo, display);
  const char* topic = options.kafka.topic.c_str();
  if (!result.complete) throw std::runtime_error("stopped; begun again, it goes on where it was");
  if (result.end == result.begin)
    std::printf("the topic %s has all up to position %ld already\n", topic, result.begin);
  else
    std::printf("published positions %ld to %ld to the topic %s\n", result.begin + 1, result.end, topic);
  if (result.oversized > 0)
    std::printf("too large for the topic, and so without their data: %lu\n", result.oversized);
}

}  // namespace

void add_events_publish(CLI::App& events, int& result) {
  CLI::App* command = events.add_subcommand(
      "publish",
      "Publish the log's history to another topic of Kafka's, up to where the log ends now; the service may "
      "be\n"
      "running or not. Begun again it goes on where it was, and publishes nothing twice");
  const auto options = std::make_shared<PublishOptions>();
  options->kafka.topic.clear();
  add_command_options(*command, options->common);
  command->add_option("--topic", options->kafka.topic, "Topic to publish to; it is made when it is missing")
      ->required()
      ->type_name("NAME");
  command
      ->add_option("--from", options->from,
                   "First position to publish; only for a topic that has nothing yet, any other goes on "
                   "behind what it has")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("POSITION");
  add_publication_options(*command, options->kafka);
  command->get_option("--kafka")->required();
  command->callback([options, &result] {
    result = run_command(options->common, [&](const std::string& conninfo) { publish(*options, conninfo); });
  });
}

}  // namespace usermeta
