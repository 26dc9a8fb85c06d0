#include "bench/questions.hpp"

#include <algorithm>

namespace usermeta::bench {

Questions::Questions(const Options& options)
    : options_(options), digits_(std::to_string(options.keys - 1).size()), sequences_(options.users.size()) {}

Question Questions::next(Clock::time_point due, Clock::time_point now) {
  Question question{.due = due, .sent = now};
  if (options_.users.empty()) return question;
  question.user = options_.each ? asked_++ : random_.below(static_cast<std::uint32_t>(options_.users.size()));
  question.key = random_.below(static_cast<std::uint32_t>(options_.keys));
  question.known = sequences_[question.user].highest;
  return question;
}

void Questions::check(const Question& question, std::int64_t sequence) {
  const auto events = static_cast<std::int64_t>(options_.call == Call::bulk ? options_.entries : 1);
  Sequences& of_user = sequences_[question.user];
  if (sequence < question.known + events)
    throw WrongAnswer("user " + std::string(user(question)) + " has sequence " + std::to_string(sequence) +
                      " after " + std::to_string(question.known) + " was answered");
  of_user.lowest = of_user.sets == 0 ? sequence : std::min(of_user.lowest, sequence);
  of_user.highest = std::max(of_user.highest, sequence);
  of_user.sets += 1;
}

void Questions::check_repeats() const {
  const auto events = static_cast<std::int64_t>(options_.call == Call::bulk ? options_.entries : 1);
  for (std::size_t i = 0; i < sequences_.size(); ++i) {
    const Sequences& of_user = sequences_[i];
    if (of_user.sets == 0) continue;
    if (of_user.highest - of_user.lowest < (of_user.sets - 1) * events)
      throw WrongAnswer("user " + options_.users[i] + ": a sequence was answered twice among " +
                        std::to_string(of_user.sets));
  }
}

void Questions::write_key(char* out, std::uint32_t key) const {
  std::string_view("key").copy(out, 3);
  for (std::size_t i = digits_; i > 0; --i, key /= 10) out[2 + i] = static_cast<char>('0' + key % 10);
}

}  // namespace usermeta::bench
