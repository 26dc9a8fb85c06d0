#pragma once

#include <memory>
#include <string_view>

#include "bench/connection.hpp"
#include "bench/json_request.hpp"

namespace usermeta::bench {

// HTTP/1.1 with JSON, one request at a time.
class Http1Connection final : public Connection {
 public:
  Http1Connection(Questions& questions, Answers& answers);

  void ask(const Question& question) override;
  void flush() override;
  void ready() override;

 private:
  // Takes the answer in when it is whole.
  void take_answer();

  static constexpr std::size_t kSpace = 64 * 1024;  // of an answer

  Questions& questions_;
  Answers& answers_;
  JsonRequest request_;
  Question question_;
  std::string_view unsent_;
  bool waiting_ = false;  // for an answer
  // Not initialised: what an answer never reaches takes no memory.
  std::unique_ptr<char[]> answer_{new char[kSpace]};
  std::size_t received_ = 0;
};

}  // namespace usermeta::bench
