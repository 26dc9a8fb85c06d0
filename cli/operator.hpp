#pragma once

#include <exception>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "projections/directory.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"
#include "store/writer.hpp"

namespace usermeta {

// What an operator's command works with: the log through the same writer as the service's, the directory, and
// an executor that runs one coroutine to its end. One thread.
class Operator {
 public:
  // Brings the directory level with the log. Throws std::runtime_error.
  explicit Operator(const std::string& conninfo);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  // The answer to a command that nobody has to permit. Throws std::runtime_error that says what the rule
  // says.
  Done decide(Command command, const std::string& org = {});

  const Directory& directory() const { return directory_; }
  IdSource& ids() { return ids_; }

 private:
  template <class T>
  T run(boost::asio::awaitable<T> work);

  boost::asio::io_context context_;
  Writer::Strand strand_;
  SaltSource salts_;
  IdSource ids_;
  Directory directory_;
  PostgresLog log_;
  std::string outage_;
  Writer writer_;
};

}  // namespace usermeta
