#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>

#include "http/call_service.hpp"
#include "projections/directory.hpp"
#include "projections/live_queries.hpp"
#include "projections/user_metadata_projector.hpp"
#include "projections/user_metadata_queries.hpp"
#include "store/entropy.hpp"
#include "store/postgres_log.hpp"
#include "store/writer.hpp"

namespace usermeta {

inline const std::string kEventsPath = "/usermeta/v1/events";
// What sets a key to "1".
inline const std::string kSetBody = R"({"value":"MQ=="})";

// Everything behind the transport, on a fresh database that is set up, driven by the test's own thread: it
// runs only while a call waits for its answer.
class WholeService {
 public:
  struct Settings {
    std::size_t pending_commands = 1000;
    std::vector<std::string> trusted_proxies = {};
    std::size_t messages_bytes = 256 * 1024 * 1024;
    CallService::Serves serves = CallService::Serves::all;
    std::size_t most_followers = 10;
    EventFollow::Options follow = {};
    std::chrono::milliseconds patience = std::chrono::seconds(20);  // of reads
  };
  explicit WholeService(const Settings& settings);
  WholeService() : WholeService(Settings{}) {}
  ~WholeService();
  WholeService(const WholeService&) = delete;
  WholeService& operator=(const WholeService&) = delete;

  // A request's header fields besides the authorization.
  using HeaderFields = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    unsigned status = 0;
    Fields fields;
    Fields trailers;
    std::string body;
    boost::json::value json;  // of the body; null when it is no JSON

    // "200", or of a refusal "400 9 COMMAND-uXHNj", without an id "400 3".
    std::string outcome() const;
    // The value at that JSON pointer; fails the test and gives null when there is none.
    boost::json::value at(std::string_view pointer) const;
    std::string text(std::string_view pointer) const;
    std::string field(std::string_view name) const;
    std::string trailer(std::string_view name) const;
  };

  // With the token of the administrator, until `token` is another; "" for none.
  Answer ask(const std::string& method, const std::string& target, const std::string& body = {},
             const HeaderFields& fields = {});
  // Sent at the same time; the answers in the order of the requests.
  std::vector<Answer> ask_all(std::vector<HttpRequest> requests);
  HttpRequest request(const std::string& method, const std::string& target, const std::string& body,
                      const HeaderFields& fields = {}) const;

  // A new machine user in the organisation acted in; its id.
  std::string add_machine(const std::string& name);
  // A new token of that user.
  std::string add_token(const std::string& user_id);
  // A new machine user with that role in the administrator's organisation ("" for none); its new token.
  std::string add_caller(const std::string& name, const std::string& role);

  std::string token;  // of the next request
  std::string admin_token;
  std::string admin_id;
  std::string org;
  std::vector<RequestRecord> records;
  std::vector<CallRecord> call_records;
  std::vector<std::string> errors;
  std::string trouble;                   // what readiness says
  std::function<std::string()> next_id;  // instead of a new id
  const std::string& conninfo() const { return conninfo_; }
  void cut_off_queries() { queries_.close(); }
  void cut_off_events() { event_queries_.close(); }
  void cut_off_history() { history_.close(); }
  std::size_t followers() const { return live_queries_.count(); }
  boost::asio::io_context& context() { return context_; }
  CallService& calls() { return calls_; }

 private:
  template <class T>
  T run(boost::asio::awaitable<T> work);
  void set_up();
  Writer::Options writer_options(const Settings& settings);
  CallService::Options call_options(const Settings& settings);

  const std::string conninfo_;
  boost::asio::io_context context_;
  Writer::Strand strand_;
  SaltSource salts_;
  IdSource ids_;
  Directory directory_;
  std::shared_ptr<CheckpointWatch> checkpoint_;
  PostgresLog log_;
  UserMetadataProjector projector_;
  UserMetadataQueries queries_;
  EventQueries event_queries_;
  HistoryQueries history_;
  ValueEraser eraser_;
  LiveQueries live_queries_;
  Writer writer_;
  Callers callers_;
  Api api_;
  EventFollow follow_;
  AuditQueries audit_queries_;
  AuditCalls audit_;
  CallService calls_;
};

// The names of an object's members, sorted: "changeDate resourceOwner sequence".
std::string members(const boost::json::value& object);

}  // namespace usermeta
