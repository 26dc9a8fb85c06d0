#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "http/call_service.hpp"
#include "http/request_parser.hpp"
#include "projections/directory.hpp"
#include "projections/user_metadata_queries.hpp"
#include "store/entropy.hpp"
#include "store/writer.hpp"

namespace usermeta {

// A log that has everything written at once and keeps nothing: what a request costs without a database. All
// that decisions need must stay in the command handler's cache.
class ForgetfulLog final : public Log {
 public:
  explicit ForgetfulLog(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void head(Done<Head> done) override;
  void read(Position after, Done<Page> done) override;
  void read_access(Position after, Position until, Done<Page> done) override;
  void load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) override;
  void append(const Batch& batch, Done<Appended> done) override;
  void lock(Done<Head> done) override;
  void unlock(Done<Head> done) override;

 private:
  template <class T>
  void answer(Done<T> done, T value);

  boost::asio::any_io_executor executor_;
};

// The service between the sockets and the database, on the caller's thread, set up with one administrator.
class ServiceInMemory {
 public:
  ServiceInMemory();
  ~ServiceInMemory();
  ServiceInMemory(const ServiceInMemory&) = delete;
  ServiceInMemory& operator=(const ServiceInMemory&) = delete;

  CallService& calls() { return calls_; }
  const Directory& directory() const { return directory_; }
  boost::asio::io_context& context() { return context_; }

  // From the bytes of one whole request each to the bytes of the answers, all under way at the same time; the
  // answers' bytes in all. Throws when one of them is not 200.
  std::size_t exchange(const std::vector<std::string>& requests);

  // A set call of the `n`th value for one of ten keys of the administrator, as bench/load sends it.
  std::string set_request(unsigned n) const;
  const std::string& user() const { return user_; }
  const std::string& token() const { return token_; }

 private:
  template <class T>
  T run(boost::asio::awaitable<T> work);
  Writer::Options writer_options();
  CallService::Options call_options() const;
  void set_up();

  boost::asio::io_context context_;
  Writer::Strand strand_;
  SaltSource salts_;
  IdSource ids_;
  Directory directory_;
  ForgetfulLog log_;
  UserMetadataQueries queries_;  // with no database: nothing here reads
  EventQueries event_queries_;   // the same
  HistoryQueries history_;       // the same
  ValueEraser eraser_;           // not started
  LiveQueries live_queries_;
  Writer writer_;
  Callers callers_;
  Api api_;
  EventFollow follow_;
  AuditQueries audit_queries_;  // with no database either
  AuditCalls audit_;
  CallService calls_;
  std::string token_, user_;
};

}  // namespace usermeta
