#include "bench/http1_connection.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace usermeta::bench {
namespace {

struct Head {
  int status = 0;
  std::size_t length = 0;  // with its empty line
  std::size_t body = 0;
};

// Nothing when it is not whole.
std::optional<Head> read_head(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == text.npos) return std::nullopt;
  constexpr std::string_view version = "HTTP/1.1 ";
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::string_view fields = text.substr(0, end);
  const std::size_t length = fields.find(name);
  Head head{.length = end + 4};
  if (!fields.starts_with(version) || length == fields.npos)
    throw WrongAnswer("no answer of HTTP/1.1 with a length: " + std::string(text.substr(0, 400)));
  std::from_chars(text.data() + version.size(), text.data() + end, head.status);
  std::from_chars(text.data() + length + name.size(), text.data() + end, head.body);
  return head;
}

}  // namespace

Http1Connection::Http1Connection(Questions& questions, Answers& answers)
    : Connection(questions.options().port), questions_(questions), answers_(answers), request_(questions) {}

void Http1Connection::ask(const Question& question) {
  question_ = question;
  unsent_ = request_.fill(questions_, question_);
  waiting_ = true;
}

void Http1Connection::flush() {
  if (!unsent_.empty()) unsent_.remove_prefix(send(unsent_));
}

void Http1Connection::ready() {
  flush();
  while (true) {
    const std::size_t space = kSpace - received_;
    const std::size_t more = receive(answer_.get() + received_, space);
    received_ += more;
    if (more > 0) take_answer();
    // A read that was not filled has emptied the socket: epoll tells of what comes next.
    if (more < space) return;
    if (received_ == kSpace) throw WrongAnswer("an answer of more than " + std::to_string(kSpace) + " bytes");
  }
}

void Http1Connection::take_answer() {
  const std::string_view text(answer_.get(), received_);
  const auto head = read_head(text);
  if (!head || text.size() < head->length + head->body) return;
  if (!waiting_ || text.size() > head->length + head->body)
    throw WrongAnswer("more than one answer: " + std::string(text.substr(0, 400)));
  const bool refused = head->status == 429 && questions_.options().may_refuse;
  if (!refused && head->status != 200) throw WrongAnswer("refused: " + std::string(text.substr(0, 800)));
  if (!refused) {
    const std::int64_t sequence = check_json(questions_, question_, text.substr(head->length));
    if (sequence > 0) questions_.check(question_, sequence);
  }
  waiting_ = false;
  received_ = 0;
  answers_.answered(*this, question_, refused ? Outcome::refused : Outcome::accepted);
}

}  // namespace usermeta::bench
