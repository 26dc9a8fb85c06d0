#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace usermeta {

// The database did not do what was asked: it is away, too slow, or refused. Answered as 503 / UNAVAILABLE.
class Outage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// PostgreSQL's own refusal of a statement. `sqlstate` is its five-character code (PostgreSQL, Appendix A).
class StatementFailed : public Outage {
 public:
  StatementFailed(const std::string& message, std::string sqlstate, std::string constraint = {})
      : Outage(message), sqlstate_(std::move(sqlstate)), constraint_(std::move(constraint)) {}
  const std::string& sqlstate() const { return sqlstate_; }
  const std::string& constraint() const { return constraint_; }  // the one that was violated, or empty

 private:
  std::string sqlstate_;
  std::string constraint_;
};

// What the exception says.
std::string message_of(const std::exception_ptr& error);
// Whether it is an UnreadableEvent: not the database's fault, and the same the next time.
bool is_unreadable(const std::exception_ptr& error);

}  // namespace usermeta
