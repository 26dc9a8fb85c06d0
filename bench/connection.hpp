#pragma once

#include <cstdint>
#include <string_view>

#include "bench/questions.hpp"

namespace usermeta::bench {

class Connection;

// errno as an exception.
[[noreturn]] void throw_errno(const char* what);

enum class Outcome : std::uint8_t { accepted, refused };

// Who is told of answers.
class Answers {
 public:
  Answers() = default;
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;
  virtual ~Answers() = default;
  // The answer was checked as far as it can be alone. The connection has room for a request more.
  virtual void answered(Connection& connection, const Question& question, Outcome outcome) = 0;
};

// One connection to the service, with room for some requests at a time. Its functions throw WrongAnswer, and
// std::system_error when the connection breaks.
class Connection {
 public:
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const { return descriptor_; }

  // Only while there is room. What is asked may be sent with flush() only.
  virtual void ask(const Question& question) = 0;
  virtual void flush() = 0;
  // The socket may have something, or take something again.
  virtual void ready() = 0;

 protected:
  // Connects to 127.0.0.1.
  explicit Connection(std::uint16_t port);

  // How many bytes were taken or given; 0: not now. Throws WrongAnswer when the service has hung up.
  std::size_t send(std::string_view bytes) const;
  std::size_t receive(char* out, std::size_t space) const;

 private:
  int descriptor_;
};

}  // namespace usermeta::bench
