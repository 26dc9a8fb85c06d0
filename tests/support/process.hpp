#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "store/entropy.hpp"
#include "store/postgres_log.hpp"
#include "store/writer.hpp"
#include "support/threads.hpp"

namespace usermeta {

inline const std::string kOrg = "100000000000000001";
inline const std::string kUser = "200000000000000001";

// What a service process has of the write side, on threads of its own. Several on one database are several
// processes to it.
class Process {
 public:
  explicit Process(const std::string& conninfo, Writer::Options options = {}, int threads = 1)
      : threads_(threads),
        log_(strand_, conninfo, name_),
        writer_(strand_, log_, with_salts(std::move(options))) {
    writer_.start();
  }
  ~Process() { stop(std::chrono::milliseconds(0)); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Writer& writer() { return writer_; }
  Threads& threads() { return threads_; }
  const std::string& name() const { return name_; }

  static CommandRequest request(Command command) {
    return {std::move(command), kOrg, "creator", [](std::string_view) { return std::nullopt; }, {}};
  }
  std::future<Answer> begin(CommandRequest request) {
    return threads_.spawn(writer_.handle(std::move(request)));
  }
  std::future<Answer> begin(Command command) { return begin(request(std::move(command))); }
  Answer handle(Command command) { return Threads::get(begin(std::move(command))); }
  // The sequence of a command that is done; throws otherwise.
  Sequence done(Command command) { return std::get<Done>(handle(std::move(command))).details.sequence; }

  void add_user(const std::string& id) { done(AddMachineUser{id, {id, id, "", 0}}); }
  static Command set(const std::string& user, const std::string& key, const std::string& value) {
    return SetUserMetadata{user, {key, Value(value)}};
  }
  void level() { threads_.run(writer_.level(std::chrono::seconds(30))); }

  void stop(std::chrono::milliseconds grace) {
    if (std::exchange(stopped_, true)) return;
    threads_.run(writer_.stop(grace));
    boost::asio::post(strand_, [this] { log_.close(); });
    threads_.join();
  }

 private:
  Writer::Options with_salts(Writer::Options options) {
    options.handler.new_salt = [this] { return salts_.next(); };
    return options;
  }

  Threads threads_;
  Threads::Strand strand_ = threads_.strand();
  SaltSource salts_;
  std::string name_ = new_process_name();
  PostgresLog log_;
  Writer writer_;
  bool stopped_ = false;
};

}  // namespace usermeta
