#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/questions.hpp"

namespace usermeta::bench {

// The bytes of an HTTP/1.1 request with JSON, made once; what differs from one to the next is written into
// its place:
//
//   POST /management/v1/users/USER/metadata/KEY HTTP/1.1 ... {"value":"BASE64"}
class JsonRequest {
 public:
  explicit JsonRequest(const Questions& questions);
  std::string_view fill(Questions& questions, const Question& question);

 private:
  void begin(std::string_view method, std::string_view path);
  void end(std::string_view token, std::string_view body);

  std::string bytes_;
  std::size_t user_ = std::string::npos;  // where it stands, if anywhere
  std::size_t key_ = std::string::npos;
  std::vector<std::size_t> values_;
};

// Throws WrongAnswer unless this is the body of an answer 200 to that question; the sequence in it, or 0 when
// the call's answer has none.
std::int64_t check_json(const Questions& questions, const Question& question, std::string_view body);

}  // namespace usermeta::bench
