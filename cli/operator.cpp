#include "cli/operator.hpp"

#include <stdexcept>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>

#include "commands/limits.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Who events are by that no user caused.
constexpr const char* kSystem = "SYSTEM";

}  // namespace

Operator::Operator(const std::string& conninfo)
    : strand_(asio::make_strand(asio::any_io_executor(context_.get_executor()))),
      log_(strand_, conninfo, new_process_name()),
      writer_(strand_, log_,
              {.handler = {.new_salt = [this] { return salts_.next(); }},
               .tick = 50ms,
               .on_access = [this](const Fact& fact) { directory_.apply(fact); },
               .on_appended = {},
               .on_head = {},
               .on_outage = [this](const std::string& message) { outage_ = message; }}) {
  writer_.start();
  const auto level = [this]() -> asio::awaitable<bool> {
    co_await writer_.level(10s);
    co_return true;
  };
  try {
    run(level());
  } catch (const std::exception&) {
    throw std::runtime_error("cannot read the log: " + outage_);
  }
}

Operator::~Operator() {
  asio::co_spawn(context_, writer_.stop(0ms), [](const std::exception_ptr&) {});
  asio::dispatch(strand_, [this] { log_.close(); });
  context_.restart();
  context_.run();
}

template <class T>
T Operator::run(asio::awaitable<T> work) {
  std::exception_ptr error;
  std::optional<T> result;
  asio::co_spawn(context_, std::move(work), [&](std::exception_ptr e, T value) {
    error = e;
    result = std::move(value);
    context_.stop();
  });
  context_.restart();
  context_.run();
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

Done Operator::decide(Command command, const std::string& org) {
  if (const auto refusal = check_limits(command))
    throw std::runtime_error(std::string(text_of(*refusal).message));
  CommandRequest request{std::move(command),
                         org,
                         kSystem,
                         [](std::string_view) { return std::nullopt; },
                         {},
                         std::chrono::steady_clock::now() + 10s};
  const Answer answer = run(writer_.handle(std::move(request)));
  if (const auto* refusal = std::get_if<Refusal>(&answer))
    throw std::runtime_error(std::string(text_of(*refusal).message));
  if (std::holds_alternative<Unavailable>(answer))
    throw std::runtime_error("the database did not answer in time: " + outage_);
  return std::get<Done>(answer);
}

}  // namespace usermeta
