// A load generator for one service: HTTP/1.1 with JSON on many connections, from one thread. See --help.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "events/base64.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t value_characters = 40;
constexpr std::size_t keys_per_user = 10;

struct Options {
  std::string call = "set";
  std::uint16_t port = 0;
  std::string token;
  std::vector<std::string> users;
  std::size_t connections = 1;
  double seconds = 5;
  double warm_up = 1;
  double rate = 0;  // a second, whether or not answers keep up; 0: each connection asks when it was answered
  std::size_t entries = 100;  // of a bulk
};

// What is asked, and what its answer must look like.
struct Ask {
  std::string request;
  std::string expected;   // is in the body,
  std::size_t times = 1;  // so often
};

class Asks {
 public:
  explicit Asks(const Options& options) : options_(options) {}

  Ask next() {
    const std::string& user = options_.users[random_() % options_.users.size()];
    const std::string metadata = "/management/v1/users/" + user + "/metadata/";
    const std::string key = "key" + std::to_string(random_() % keys_per_user);
    if (options_.call == "get") return {head("GET", metadata + key, 0), "\"key\":\"" + key + "\""};
    if (options_.call == "list")
      return {head("POST", metadata + "_search", 2) + "{}", "\"key\":\"key", keys_per_user};
    if (options_.call == "bulk") return bulk(metadata);
    const std::string body = "{\"value\":\"" + value() + "\"}";
    return {head("POST", metadata + key, body.size()) + body,
            "{\"id\":\"" + user + "\",\"details\":{\"sequence\":\""};
  }

 private:
  Ask bulk(const std::string& metadata) {
    std::string body = "{\"metadata\":[";
    for (std::size_t i = 0; i < options_.entries; ++i)
      body += (i ? ",{\"key\":\"bulk" : "{\"key\":\"bulk") + std::to_string(i) + "\",\"value\":\"" + value() +
              "\"}";
    body += "]}";
    return {head("POST", metadata + "_bulk", body.size()) + body, "\"sequence\":\""};
  }

  std::string head(const char* method, const std::string& target, std::size_t length) const {
    return std::string(method) + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
           options_.token +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  }

  std::string value() {
    std::string text(value_characters, ' ');
    for (char& c : text) c = static_cast<char>('a' + random_() % 26);
    return to_base64(text);
  }

  const Options& options_;
  // Other values in every run: a set to what is there already makes no event.
  std::minstd_rand random_{std::random_device{}()};
};

struct Result {
  std::vector<std::uint32_t> microseconds;
  std::size_t errors = 0;
  std::string first_error;
};

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

// When the next request is due, in an open loop; at once otherwise.
class Schedule {
 public:
  explicit Schedule(const Options& options)
      : rate_(options.rate),
        begin_(Clock::now()),
        measured_(begin_ + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(options.warm_up))),
        end_(measured_ +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds))) {}

  Clock::time_point next() {
    if (rate_ == 0) return Clock::now();
    return begin_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(number_++) / rate_));
  }
  bool is_over(Clock::time_point time) const { return time >= end_; }
  bool is_measured(Clock::time_point time) const { return time >= measured_ && time < end_; }

 private:
  const double rate_;
  const Clock::time_point begin_, measured_, end_;
  std::uint64_t number_ = 0;
};

class Caller {
 public:
  Caller(asio::io_context& context, const Options& options, Asks& asks, Schedule& schedule, Result& result)
      : socket_(context), timer_(context), asks_(asks), schedule_(schedule), result_(result) {
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), options.port));
    socket_.set_option(tcp::no_delay(true));
  }

  // The latency counts from when the request was due, so that a service that stalls cannot hide it.
  void begin() {
    due_ = schedule_.next();
    if (schedule_.is_over(due_)) return;
    if (due_ <= Clock::now()) return ask();
    timer_.expires_at(due_);
    timer_.async_wait([this](error_code) { ask(); });
  }

 private:
  void ask() {
    ask_ = asks_.next();
    answer_.clear();
    asio::async_write(socket_, asio::buffer(ask_.request), [this](error_code error, std::size_t) {
      if (error) return fail(error.message());
      read();
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(piece_), [this](error_code error, std::size_t bytes) {
      if (error) return fail(error.message());
      answer_.append(piece_.data(), bytes);
      if (!is_whole()) return read();
      finish();
    });
  }

  bool is_whole() {
    const std::size_t end = answer_.find("\r\n\r\n");
    if (end == answer_.npos) return false;
    constexpr std::string_view name = "\r\nContent-Length: ";
    const std::size_t length = answer_.find(name);
    if (length > end) return true;
    body_ = end + 4;
    return answer_.size() >= body_ + std::stoul(answer_.substr(length + name.size(), 12));
  }

  void finish() {
    const auto now = Clock::now();
    const bool good = answer_.starts_with("HTTP/1.1 200 ") &&
                      count(std::string_view(answer_).substr(body_), ask_.expected) == ask_.times;
    if (!good) return fail(answer_.substr(0, 400));
    if (schedule_.is_measured(now))
      result_.microseconds.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - due_).count()));
    begin();
  }

  // One wrong answer makes the figure worthless: this connection asks no more.
  void fail(const std::string& what) {
    if (result_.errors++ == 0) result_.first_error = what;
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  Asks& asks_;
  Schedule& schedule_;
  Result& result_;
  Clock::time_point due_;
  Ask ask_;
  std::string answer_;
  std::size_t body_ = 0;
  std::array<char, 16 * 1024> piece_;
};

std::uint32_t quantile(const std::vector<std::uint32_t>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

Result run(const Options& options) {
  asio::io_context context(1);
  Result result;
  Asks asks(options);
  Schedule schedule(options);
  std::vector<std::unique_ptr<Caller>> callers;
  for (std::size_t i = 0; i < options.connections; ++i)
    callers.push_back(std::make_unique<Caller>(context, options, asks, schedule, result));
  for (const auto& caller : callers) caller->begin();
  context.run();
  std::ranges::sort(result.microseconds);
  return result;
}

void print(const Options& options, const Result& result) {
  const auto& times = result.microseconds;
  std::cout << "{\"requests\":" << times.size()
            << ",\"per_second\":" << static_cast<double>(times.size()) / options.seconds
            << ",\"p50_us\":" << quantile(times, 0.5) << ",\"p99_us\":" << quantile(times, 0.99)
            << ",\"max_us\":" << quantile(times, 1) << ",\"errors\":" << result.errors << "}\n";
  if (result.errors != 0) std::cerr << "load: the first error: " << result.first_error << '\n';
}

}  // namespace
}  // namespace usermeta

int main(int argc, char** argv) {
  usermeta::Options options;
  std::string token_file;
  std::string users_file;
  CLI::App app{"Asks a service on this machine, checks each answer, and prints one line of JSON."};
  app.add_option("--call", options.call, "what to ask")->check(CLI::IsMember({"set", "get", "list", "bulk"}));
  app.add_option("--port", options.port, "where the service listens, on 127.0.0.1")->required();
  app.add_option("--token-file", token_file, "the token")->required()->check(CLI::ExistingFile);
  app.add_option("--users-file", users_file, "ids of users, one a line")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--connections", options.connections, "how many, each with one request at a time");
  app.add_option("--seconds", options.seconds, "how long is measured");
  app.add_option("--warm-up", options.warm_up, "seconds before that");
  app.add_option("--rate", options.rate, "requests a second, from when they are due; 0: as fast as answered");
  app.add_option("--entries", options.entries, "keys of a bulk set");
  CLI11_PARSE(app, argc, argv);
  std::ifstream(token_file) >> options.token;
  std::ifstream users(users_file);
  for (std::string user; users >> user;) options.users.push_back(user);
  if (options.users.empty()) {
    std::cerr << "load: no user in " << users_file << '\n';
    return 2;
  }
  try {
    const usermeta::Result result = usermeta::run(options);
    usermeta::print(options, result);
    return result.errors == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "load: " << error.what() << '\n';
    return 1;
  }
}
