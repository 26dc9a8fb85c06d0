#include "bench/json_request.hpp"

#include <algorithm>
#include <charconv>

namespace usermeta::bench {
namespace {

// Stand for a value and a user until the first request is filled.
constexpr char kBlank = '-';

std::string bulk_body(std::size_t entries) {
  std::string body = R"({"metadata":[)";
  for (std::size_t i = 0; i < entries; ++i)
    body += (i ? R"(,{"key":"bulk)" : R"({"key":"bulk)") + std::to_string(i) + R"(","value":")" +
            std::string(Values::kBase64Characters, kBlank) + R"("})";
  return body + "]}";
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

// Whether the text has a member of that name and this value, a text.
bool has(std::string_view json, std::string_view name, std::string_view value) {
  for (std::size_t at = json.find(name); at != json.npos; at = json.find(name, at + 1)) {
    const std::string_view rest = json.substr(at + name.size());
    if (rest.starts_with(value) && rest.substr(value.size()).starts_with('"')) return true;
  }
  return false;
}

std::int64_t sequence_in(std::string_view json) {
  constexpr std::string_view name = R"("sequence":")";
  const std::size_t at = json.find(name);
  std::int64_t sequence = 0;
  if (at != json.npos) std::from_chars(json.data() + at + name.size(), json.data() + json.size(), sequence);
  if (sequence <= 0) throw WrongAnswer("no sequence in: " + std::string(json.substr(0, 400)));
  return sequence;
}

}  // namespace

JsonRequest::JsonRequest(const Questions& questions) {
  const Options& options = questions.options();
  switch (options.call) {
    case Call::health:
      bytes_ = "GET /debug/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
      return;
    case Call::set:
    case Call::get: {
      const bool set = options.call == Call::set;
      begin(set ? "POST" : "GET", "");
      user_ = bytes_.find(kBlank);
      bytes_.replace(user_, 1, options.users[0]);
      key_ = bytes_.size();
      bytes_.resize(key_ + questions.key_length());
      end(options.token,
          set ? R"({"value":")" + std::string(Values::kBase64Characters, kBlank) + R"("})" : "");
      break;
    }
    case Call::list:
    case Call::bulk:
      begin("POST", options.call == Call::list ? "_search" : "_bulk");
      user_ = bytes_.find(kBlank);
      bytes_.replace(user_, 1, options.users[0]);
      end(options.token, options.call == Call::list ? "{}" : bulk_body(options.entries));
      break;
  }
  const std::string blank(Values::kBase64Characters, kBlank);
  for (std::size_t at = bytes_.find(blank); at != bytes_.npos; at = bytes_.find(blank, at + 1))
    values_.push_back(at);
}

void JsonRequest::begin(std::string_view method, std::string_view path) {
  bytes_ += method;
  bytes_ += " /management/v1/users/";
  bytes_ += kBlank;
  bytes_ += "/metadata/";
  bytes_ += path;
}

void JsonRequest::end(std::string_view token, std::string_view body) {
  bytes_ += " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ";
  bytes_ += token;
  bytes_ += "\r\nContent-Type: application/json\r\n";
  if (!body.empty()) bytes_ += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  bytes_ += "\r\n";
  bytes_ += body;
}

std::string_view JsonRequest::fill(Questions& questions, const Question& question) {
  if (user_ != std::string::npos) {
    const std::string_view user = questions.user(question);
    user.copy(bytes_.data() + user_, user.size());
  }
  if (key_ != std::string::npos) questions.write_key(bytes_.data() + key_, question.key);
  for (const std::size_t at : values_)
    questions.values().write_base64(bytes_.data() + at, questions.random());
  return bytes_;
}

std::int64_t check_json(const Questions& questions, const Question& question, std::string_view body) {
  bool good = true;
  std::int64_t sequence = 0;
  switch (questions.options().call) {
    case Call::health:
      break;
    case Call::set:
      good = has(body, R"("id":")", questions.user(question));
      if (good) sequence = sequence_in(body);
      break;
    case Call::bulk:
      sequence = sequence_in(body);
      break;
    case Call::get: {
      std::string key(questions.key_length(), kBlank);
      questions.write_key(key.data(), question.key);
      good = has(body, R"("key":")", key) && body.find(R"("value":")") != body.npos && sequence_in(body) > 0;
      break;
    }
    case Call::list:
      good = count(body, R"("key":"key)") == questions.options().keys &&
             has(body, R"("totalResult":")", std::to_string(questions.options().keys));
      break;
  }
  if (!good) throw WrongAnswer("not what was asked for: " + std::string(body.substr(0, 400)));
  return sequence;
}

}  // namespace usermeta::bench
