#include "cli/events_tail.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/command.hpp"
#include "cli/event_json.hpp"
#include "cli/event_line.hpp"
#include "projections/event_list.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// How often it looks whether there is more: to be told by the database would cost every append.
constexpr std::chrono::milliseconds kLook{200};
// How often it looks whether the database is there again.
constexpr std::chrono::milliseconds kAway{500};

struct TailOptions {
  CommandOptions common;
  std::optional<Position> after;  // none: the log's end
  std::vector<std::string> types;
  std::string user;
  bool json = false;
};

// Follows the log until it is stopped, or nobody reads what it prints any more.
class Tail {
 public:
  Tail(asio::io_context& context, const TailOptions& options, const std::string& conninfo)
      : json_(options.json),
        pipeline_(std::make_shared<PgPipeline>(
            asio::make_strand(asio::any_io_executor(context.get_executor())),
            PgPipeline::Options{conninfo, "usermeta events tail", kByEventIndex})),
        signals_(pipeline_->strand(), SIGINT, SIGTERM),
        rest_(pipeline_->strand()) {
    listing_.filter = {options.types, options.user, {}};
    listing_.after = options.after.value_or(INT64_MAX);
    listing_.limit = 1000;
  }

  // Throws what cannot be waited for.
  void run(asio::io_context& context) {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) stop();
    });
    std::exception_ptr failure;
    asio::co_spawn(pipeline_->strand(), follow(), [&](const std::exception_ptr& error) {
      failure = error;
      stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  asio::awaitable<void> follow() {
    while (!stopping_ && is_read()) {
      std::optional<EventPage> page;
      try {
        page = co_await list_events(*pipeline_, listing_);
        tell({});
      } catch (const Outage& outage) {
        tell(outage.what());
      }
      if (!page) {
        co_await rest(kAway);
        continue;
      }
      if (!print(*page)) co_return;
      listing_.after = page->next;
      if (page->end) co_await rest(kLook);
    }
  }

  // Once when the database is away, and once when it is back.
  void tell(const std::string& trouble) {
    if (stopping_ || trouble.empty() != away_) return;
    away_ = !trouble.empty();
    if (away_)
      std::fprintf(stderr, "usermeta: waiting for the database: %s\n", trouble.c_str());
    else
      std::fprintf(stderr, "usermeta: the database is back\n");
  }

  // False when nobody reads it.
  bool print(const EventPage& page) const {
    for (const Recorded& event : page.events) {
      const std::string line = json_ ? event_as_json(event) : event_line(event);
      std::fwrite(line.data(), 1, line.size(), stdout);
      std::fputc('\n', stdout);
    }
    if (std::fflush(stdout) == 0) return true;
    if (errno == EPIPE) return false;
    throw std::runtime_error(std::string("cannot write the events: ") + std::strerror(errno));
  }

  // A reader who goes is to be noticed while nothing happens, too. Not by Asio: that would make the terminal
  // non-blocking, for everybody who has it.
  static bool is_read() {
    pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    return ::poll(&output, 1, 0) <= 0 || (output.revents & POLLERR) == 0;
  }

  asio::awaitable<void> rest(std::chrono::milliseconds time) {
    if (stopping_) co_return;
    rest_.expires_after(time);
    co_await rest_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  void stop() {
    stopping_ = true;
    rest_.cancel();
    signals_.cancel();
    pipeline_->close();
  }

  const bool json_;
  std::shared_ptr<PgPipeline> pipeline_;
  // On its strand:
  asio::signal_set signals_;
  asio::steady_timer rest_;
  EventListing listing_;
  bool away_ = false;
  bool stopping_ = false;
};

void tail(const TailOptions& options, const std::string& conninfo) {
  // What writes to a pipe that nobody reads is to fail, and not to end the process.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context context;
  Tail tail(context, options, conninfo);
  tail.run(context);
}

}  // namespace

void add_events_tail(CLI::App& events, int& result) {
  CLI::App* command = events.add_subcommand(
      "tail", "Print events as they happen, a line each, until Ctrl-C; the service may be running or not");
  const auto options = std::make_shared<TailOptions>();
  add_command_options(*command, options->common);
  command
      ->add_option("--after", options->after,
                   "Begin behind this position, 0 for all there is; without it at the log's end")
      ->check(CLI::NonNegativeNumber)
      ->type_name("POSITION");
  const auto is_type = [](const std::string& name) {
    return find_type(name) ? std::string() : name + " is no event type";
  };
  command->add_option("--type", options->types, "Events of this type only; may be given several times")
      ->check(CLI::Validator(is_type, "TYPE"))
      ->type_name("TYPE");
  command->add_option("--user", options->user, "Events of this user only")->type_name("ID");
  command->add_flag("--json", options->json, "One JSON object a line, the payload as it is stored");
  command->callback([options, &result] {
    result = run_command(options->common, [&](const std::string& conninfo) { tail(*options, conninfo); });
  });
}

}  // namespace usermeta
