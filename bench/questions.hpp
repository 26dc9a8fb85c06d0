#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/options.hpp"
#include "bench/random.hpp"
#include "bench/schedule.hpp"

namespace usermeta::bench {

// An answer that is not what the question must get, or none. The figure is worthless: the run ends.
class WrongAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What one request asks for, and what is known when it is sent.
struct Question {
  std::uint32_t user = 0;
  std::uint32_t key = 0;
  std::int64_t known = 0;  // the highest sequence of the user that any answer had before this was asked
  Clock::time_point due, sent;
};

// Chooses users (or takes them in turn) and keys evenly, and knows what the users' sequences must do.
class Questions {
 public:
  explicit Questions(const Options& options);

  Question next(Clock::time_point due, Clock::time_point now);

  // Of a set or a bulk set, the sequence of the user after it. Throws WrongAnswer when it is not above all
  // that were answered before it was asked, by as many as the events that it makes.
  void check(const Question& question, std::int64_t sequence);
  // At the end: as many sequences as sets, or one was given twice. Throws WrongAnswer.
  void check_repeats() const;

  std::string_view user(const Question& question) const { return options_.users[question.user]; }
  // The key's name, as long as that of every other key.
  void write_key(char* out, std::uint32_t key) const;
  std::size_t key_length() const { return 3 + digits_; }
  Random& random() { return random_; }
  const Values& values() const { return values_; }
  const Options& options() const { return options_; }

 private:
  struct Sequences {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t sets = 0;
  };

  const Options& options_;
  const std::size_t digits_;
  const Values values_;
  Random random_;
  std::vector<Sequences> sequences_;  // by user
  std::uint32_t asked_ = 0;
};

}  // namespace usermeta::bench
