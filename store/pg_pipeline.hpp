#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <libpq-fe.h>

#include "store/outage.hpp"
#include "store/pg_connection_counts.hpp"
#include "store/pg_values.hpp"

namespace usermeta {

// A statement, known to the server under its name once it was used on a connection. Both live as long as the
// program.
struct PgStatement {
  const char* name;
  const char* sql;
};

// One connection to PostgreSQL in pipeline mode (libpq, "Pipeline Mode"): statements go out at once and
// answers come back in order, each statement with a sync point of its own, so one that fails takes no other
// along. Statements that only read can share sync points: those that are run in one turn of the strand go out
// and come back together, which is one trip for all; what another's failure took along is run again.
//
// It connects when there is something to do, and again after a loss; between failing attempts it pauses,
// longer each time (50 ms to 2 s). What was sent when the connection was lost fails with Outage: whether it
// took effect is not known. What waits for a connection fails when the next attempt does.
//
// Threads: everything happens on `strand`, and all functions are called on it. Keep it in a shared_ptr.
class PgPipeline : public std::enable_shared_from_this<PgPipeline> {
 public:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;
  using Done = std::function<void(std::exception_ptr, PgRows)>;

  struct Options {
    std::string conninfo;          // libpq's: keywords or URI
    std::string application_name;  // as pg_stat_activity shows it
    std::string settings;          // "-c name=value ..." for the session
    // A statement that takes longer than this counts as a lost connection.
    std::chrono::milliseconds patience = std::chrono::seconds(15);
    std::shared_ptr<PgConnectionCounts> counts = {};  // none: nobody counts
    bool shares_syncs = false;                        // every statement only reads
  };

  PgPipeline(Strand strand, Options options);
  ~PgPipeline();

  const Strand& strand() const { return strand_; }

  // Runs a statement; `done` is called on the strand, never from within this call.
  void run(const PgStatement& statement, const PgParams& params, Done done);

  // Gives the connection up: what is under way fails, and the server rolls an open transaction back.
  void reset(const std::string& why);

  // Fails everything and never connects again.
  void close();

  // How often something failed for want of a connection: what was run at the same number went to the same
  // connection, or fails.
  std::uint64_t losses() const { return losses_; }

 private:
  enum class Standing : std::uint8_t { away, connecting, open };
  struct Request {
    const PgStatement* statement;
    PgParams params;  // as long as it may have to be sent again
    Done done;
    std::chrono::steady_clock::time_point sent{};
    int results = 1;  // that are still to come: two when the statement is prepared first
    bool aborted = false;
    PgRows rows = {};
    std::exception_ptr error = nullptr;
  };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> connect();
  boost::asio::awaitable<void> read_answers();
  boost::asio::awaitable<void> pause();
  void count(Standing now);
  void send(Request request);
  void sync();
  void flush();
  void take_results();
  void take(PGresult* result);
  void finish_group();
  void watch();
  void fail_all(const std::string& why);
  void disconnect();

  Strand strand_;
  Options options_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer wake_;   // cancelled when there is something to do
  boost::asio::steady_timer watch_;  // fires when the oldest statement takes too long
  boost::asio::steady_timer rest_;   // between attempts to connect
  PGconn* connection_ = nullptr;
  bool ready_ = false;                  // connected, in pipeline mode
  Standing standing_ = Standing::away;  // as it is counted
  bool closed_ = false;
  bool started_ = false;
  bool flushing_ = false;
  bool watching_ = false;
  std::chrono::milliseconds pause_{0};
  std::uint64_t losses_ = 0;
  std::string loss_;                     // why reset() gave the connection up
  std::set<std::string_view> prepared_;  // on this connection
  std::deque<Request> waiting_;          // for a connection
  std::deque<Request> sent_;             // oldest first
  std::deque<std::size_t> groups_;       // how many of them share each sync point that was sent
  std::size_t unsynced_ = 0;             // the newest of them, behind the last sync point
  std::size_t answered_ = 0;             // the oldest of them, whose results all came
};

}  // namespace usermeta
