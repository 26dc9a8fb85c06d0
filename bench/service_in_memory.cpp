#include "bench/service_in_memory.hpp"

#include <exception>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "events/base64.hpp"
#include "http/response_head.hpp"
#include "http/token.hpp"
#include "store/entropy.hpp"

namespace usermeta {

namespace asio = boost::asio;
using namespace std::chrono_literals;

template <class T>
void ForgetfulLog::answer(Done<T> done, T value) {
  asio::post(executor_, [done = std::move(done), value = std::move(value)]() mutable {
    done(nullptr, std::move(value));
  });
}

void ForgetfulLog::head(Done<Head> done) {
  answer(std::move(done), Head{});
}
void ForgetfulLog::read(Position, Done<Page> done) {
  answer(std::move(done), Page{});
}
void ForgetfulLog::read_access(Position, Position, Done<Page> done) {
  answer(std::move(done), Page{});
}
void ForgetfulLog::load(std::vector<Needed>, std::vector<Name>, Done<Loaded> done) {
  answer(std::move(done), Loaded{});
}
void ForgetfulLog::append(const Batch&, Done<Appended> done) {
  answer(std::move(done), Appended::written);
}
void ForgetfulLog::lock(Done<Head> done) {
  answer(std::move(done), Head{});
}
void ForgetfulLog::unlock(Done<Head> done) {
  answer(std::move(done), Head{});
}

ServiceInMemory::ServiceInMemory()
    : strand_(asio::make_strand(asio::any_io_executor(context_.get_executor()))),
      log_(strand_),
      queries_({context_.get_executor()}, {"host=/nowhere", new_process_name(), 1, 1ms},
               std::make_shared<CheckpointWatch>(context_.get_executor())),
      event_queries_(context_.get_executor(), {"host=/nowhere", new_process_name()}),
      history_(context_.get_executor(), {"host=/nowhere", new_process_name()}),
      eraser_(context_.get_executor(), {"host=/nowhere", new_process_name(), {}}),
      live_queries_(context_.get_executor(), event_queries_, {"host=/nowhere", new_process_name()}),
      writer_(strand_, log_, writer_options()),
      callers_(directory_, writer_),
      api_(callers_, writer_, queries_, event_queries_, history_, eraser_, [this] { return ids_.next(); }),
      follow_(callers_, live_queries_, {}),
      audit_queries_(context_.get_executor(), {"host=/nowhere", new_process_name()}),
      audit_(callers_, audit_queries_),
      calls_(api_, follow_, audit_, call_options()) {
  writer_.start();
  run(writer_.level(20s));
  set_up();
}

ServiceInMemory::~ServiceInMemory() {
  run(writer_.stop(0ms));
  queries_.close();
  event_queries_.close();
  history_.close();
  run(eraser_.stop());
  live_queries_.close();
  audit_queries_.close();
  context_.restart();
  context_.run();
}

template <class T>
T ServiceInMemory::run(asio::awaitable<T> work) {
  std::exception_ptr failure;
  bool done = false;
  context_.restart();
  if constexpr (std::is_void_v<T>) {
    asio::co_spawn(context_, std::move(work), [&](const std::exception_ptr& error) {
      failure = error;
      done = true;
    });
    while (context_.run_one() > 0 && !done) {
    }
    if (failure) std::rethrow_exception(failure);
  } else {
    std::optional<T> result;
    asio::co_spawn(context_, std::move(work), [&](const std::exception_ptr& error, T value) {
      failure = error;
      result = std::move(value);
      done = true;
    });
    while (context_.run_one() > 0 && !done) {
    }
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
}

Writer::Options ServiceInMemory::writer_options() {
  Writer::Options options;
  options.tick = 1h;
  options.handler.new_salt = [this] { return salts_.next(); };
  options.on_access = [this](const Fact& fact) { directory_.apply(fact); };
  return options;
}

CallService::Options ServiceInMemory::call_options() const {
  CallService::Options options;
  options.new_request_id = new_request_id;
  return options;
}

void ServiceInMemory::set_up() {
  token_ = new_token();
  user_ = ids_.next();
  CommandRequest request{
      SetUpInstance{"instance", ids_.next(), "org", user_, "admin", ids_.next(), hash_of_token(token_)},
      {},
      "SYSTEM",
      [](std::string_view) { return std::nullopt; },
      {}};
  const Answer answer = run(writer_.handle(std::move(request)));
  if (!std::holds_alternative<Done>(answer)) throw std::runtime_error("the service cannot be set up");
}

std::string ServiceInMemory::set_request(unsigned n) const {
  std::string value = "a value of forty characters, so many: " + std::to_string(n);
  value.resize(40, '.');
  const std::string body = "{\"value\":\"" + to_base64(value) + "\"}";
  return "POST /management/v1/users/" + user_ + "/metadata/key" + std::to_string(n % 10) +
         " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::size_t ServiceInMemory::exchange(const std::vector<std::string>& requests) {
  static const HttpLimits limits;
  std::size_t bytes = 0;
  std::size_t waiting = requests.size();
  std::exception_ptr failure;
  const auto done = [&](const std::exception_ptr& error, const HttpResponse& response) {
    --waiting;
    failure = error ? error : failure;
    if (error) return;
    const std::string head = response_head(response, Persistence::keep, std::chrono::system_clock::now());
    bytes += head.size() + response.body.size();
    if (response.status != 200) failure = std::make_exception_ptr(std::runtime_error(response.body));
  };
  context_.restart();
  for (const std::string& request : requests) {
    RequestParser parser(limits);
    const auto space = parser.space();
    parser.received(request.copy(space.data(), space.size()));
    if (parser.step() != RequestParser::Step::header) throw std::runtime_error("this is no header");
    parser.request().peer = "127.0.0.1";
    if (calls_.answer_header(parser.request())) throw std::runtime_error("the header was refused");
    if (parser.step() != RequestParser::Step::done) throw std::runtime_error("this is no request");
    asio::co_spawn(context_, calls_.answer(parser.take()), done);
  }
  while (waiting > 0) context_.run_one();
  if (failure) std::rethrow_exception(failure);
  return bytes;
}

}  // namespace usermeta
