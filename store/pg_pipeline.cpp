#include "store/pg_pipeline.hpp"

#include <algorithm>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/pg_connect.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};
constexpr std::chrono::seconds kConnectTime{5};

// What PostgreSQL says in an error result.
std::exception_ptr refusal_in(const PGresult* result) {
  const auto field = [result](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text ? text : "");
  };
  const std::string message = "PostgreSQL refused: " + one_line(field(PG_DIAG_MESSAGE_PRIMARY).c_str());
  return std::make_exception_ptr(
      StatementFailed(message, field(PG_DIAG_SQLSTATE), field(PG_DIAG_CONSTRAINT_NAME)));
}

}  // namespace

PgPipeline::PgPipeline(Strand strand, Options options)
    : strand_(std::move(strand)),
      options_(std::move(options)),
      socket_(strand_),
      wake_(strand_),
      watch_(strand_),
      rest_(strand_) {}

PgPipeline::~PgPipeline() {
  disconnect();
}

void PgPipeline::run(const PgStatement& statement, const PgParams& params, Done done) {
  Request request{&statement, params, std::move(done)};
  if (ready_) return send(std::move(request));
  waiting_.push_back(std::move(request));
  if (closed_)
    return asio::post(strand_, [self = shared_from_this()] { self->fail_all("the service is stopping"); });
  wake_.cancel();
  if (started_) return;
  started_ = true;
  asio::co_spawn(
      strand_, [self = shared_from_this()] { return self->serve(); }, asio::detached);
}

void PgPipeline::reset(const std::string& why) {
  if (!connection_) return;
  loss_ = why;
  ready_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void PgPipeline::close() {
  closed_ = true;
  wake_.cancel();
  watch_.cancel();
  rest_.cancel();
  reset("the service is stopping");
  if (!started_) fail_all("the service is stopping");
}

asio::awaitable<void> PgPipeline::serve() {
  while (!closed_) {
    if (waiting_.empty()) {
      wake_.expires_at(steady_clock::time_point::max());
      boost::system::error_code ignored;
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      continue;
    }
    std::string failure;
    try {
      co_await connect();
      pause_ = {};
      for (; !waiting_.empty() && ready_; waiting_.pop_front()) send(std::move(waiting_.front()));
      co_await read_answers();
    } catch (const std::exception& error) {
      failure = error.what();
    }
    disconnect();
    fail_all(loss_.empty() ? failure : std::exchange(loss_, {}));
    if (!closed_) co_await pause();
  }
  fail_all("the service is stopping");
}

asio::awaitable<void> PgPipeline::connect() {
  count(Standing::connecting);
  connection_ = start_connect(options_.conninfo, options_.application_name, options_.settings);
  if (!connection_ || PQstatus(connection_) == CONNECTION_BAD)
    throw Outage("cannot connect to PostgreSQL: " + trouble_of(connection_));
  asio::steady_timer deadline(strand_, kConnectTime);
  deadline.async_wait([self = weak_from_this()](boost::system::error_code error) {
    const auto pipeline = self.lock();
    if (pipeline && !error) pipeline->reset("cannot connect to PostgreSQL: no answer within 5 s");
  });
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection_)) {
    if (state == PGRES_POLLING_FAILED)
      throw Outage("cannot connect to PostgreSQL: " + trouble_of(connection_));
    // The descriptor can be another after each step, and libpq closes its own: wait on a copy.
    boost::system::error_code ignored;
    socket_.close(ignored);
    socket_.assign(::dup(PQsocket(connection_)));
    co_await socket_.async_wait(state == PGRES_POLLING_READING ? asio::posix::stream_descriptor::wait_read
                                                               : asio::posix::stream_descriptor::wait_write,
                                asio::use_awaitable);
    // It may have been given up when the socket was ready already.
    if (!loss_.empty()) throw Outage(loss_);
  }
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1)
    throw Outage("cannot use the pipeline mode: " + trouble_of(connection_));
  ready_ = true;
  count(Standing::open);
}

void PgPipeline::count(Standing now) {
  const Standing before = std::exchange(standing_, now);
  if (!options_.counts || before == now) return;
  PgConnectionCounts& counts = *options_.counts;
  if (before == Standing::connecting) --counts.connecting;
  if (before == Standing::open) --counts.open;
  if (now == Standing::connecting) ++counts.connecting;
  if (now == Standing::open) ++counts.open;
  if (now != Standing::away || closed_) return;
  ++(before == Standing::open ? counts.lost : counts.failed);
}

void PgPipeline::send(Request request) {
  const PgStatement& statement = *request.statement;
  const bool known = prepared_.contains(statement.name);
  // A statement that is not prepared after all would fail those that count on it.
  if (!known && unsynced_ > 0) sync();
  const PgParams& params = request.params;
  request.sent = steady_clock::now();
  request.results = known ? 1 : 2;
  request.aborted = false;
  const auto pointers = params.pointers();
  const auto& lengths = params.lengths();
  const auto formats = params.formats();
  const bool sent = (known || PQsendPrepare(connection_, statement.name, statement.sql, 0, nullptr) == 1) &&
                    PQsendQueryPrepared(connection_, statement.name, static_cast<int>(params.size()),
                                        pointers.data(), lengths.data(), formats.data(), 1) == 1;
  if (!options_.shares_syncs) request.params = {};
  sent_.push_back(std::move(request));
  ++unsynced_;
  if (!sent) return reset("lost the connection to PostgreSQL: " + trouble_of(connection_));
  if (!known) prepared_.insert(statement.name);
  if (!options_.shares_syncs || !known) return sync();
  if (unsynced_ == 1) asio::post(strand_, [self = shared_from_this()] { self->sync(); });
}

void PgPipeline::sync() {
  if (!ready_ || unsynced_ == 0) return;
  groups_.push_back(std::exchange(unsynced_, 0));
  if (PQpipelineSync(connection_) != 1)
    return reset("lost the connection to PostgreSQL: " + trouble_of(connection_));
  flush();
  watch();
}

void PgPipeline::flush() {
  if (flushing_ || !ready_) return;
  const int left = PQflush(connection_);
  if (left < 0) return reset("lost the connection to PostgreSQL: " + trouble_of(connection_));
  if (left == 0) return;
  flushing_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](boost::system::error_code) {
                       self->flushing_ = false;
                       self->flush();
                     });
}

asio::awaitable<void> PgPipeline::read_answers() {
  while (ready_) {
    co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    if (!ready_) break;
    if (PQconsumeInput(connection_) != 1)
      throw Outage("lost the connection to PostgreSQL: " + trouble_of(connection_));
    take_results();
    flush();
  }
}

void PgPipeline::take_results() {
  // libpq ends each statement's results with a null, and blocks when asked for more than is there.
  for (int nulls = 0; ready_ && !sent_.empty() && PQisBusy(connection_) == 0;) {
    PGresult* result = PQgetResult(connection_);
    nulls = result ? 0 : nulls + 1;
    if (result) take(result);
    if (nulls > 2) return reset("lost the connection to PostgreSQL: its answers are out of step");
  }
}

void PgPipeline::take(PGresult* result) {
  PgRows rows(result);
  const ExecStatusType status = rows.status();
  if (status == PGRES_PIPELINE_SYNC) return finish_group();
  const bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
  const auto error = good || status == PGRES_PIPELINE_ABORTED ? nullptr : refusal_in(result);
  if (answered_ == (groups_.empty() ? unsynced_ : groups_.front())) {
    // Behind all results comes the commit's failure, which is that of all who share the sync point.
    for (std::size_t i = 0; i < answered_; ++i)
      if (!sent_[i].error) sent_[i].error = error;
    return;
  }
  Request& request = sent_[answered_];
  if (--request.results == 0) ++answered_;
  if (good) request.rows = std::move(rows);
  if (status == PGRES_PIPELINE_ABORTED) request.aborted = true;
  if (!error) return;
  request.error = error;
  if (request.results > 0) prepared_.erase(request.statement->name);
}

void PgPipeline::finish_group() {
  const std::size_t size = groups_.front();
  groups_.pop_front();
  answered_ = 0;
  std::vector<Request> aborted;
  for (std::size_t i = 0; i < size; ++i) {
    Request request = std::move(sent_.front());
    sent_.pop_front();
    if (request.aborted && !request.error)
      aborted.push_back(std::move(request));
    else
      request.done(request.error, std::move(request.rows));
  }
  for (Request& request : aborted) {
    if (ready_)
      send(std::move(request));
    else
      waiting_.push_back(std::move(request));
  }
}

void PgPipeline::watch() {
  if (watching_ || sent_.empty()) return;
  watching_ = true;
  watch_.expires_at(sent_.front().sent + options_.patience);
  watch_.async_wait([self = weak_from_this()](boost::system::error_code error) {
    const auto pipeline = self.lock();
    if (!pipeline) return;
    pipeline->watching_ = false;
    if (error || pipeline->sent_.empty()) return;
    if (pipeline->sent_.front().sent + pipeline->options_.patience <= steady_clock::now())
      pipeline->reset("PostgreSQL did not answer within " +
                      std::to_string(pipeline->options_.patience.count()) + " ms");
    else
      pipeline->watch();
  });
}

asio::awaitable<void> PgPipeline::pause() {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  rest_.expires_after(pause_);
  boost::system::error_code ignored;
  co_await rest_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void PgPipeline::fail_all(const std::string& why) {
  const auto outage =
      std::make_exception_ptr(Outage(why.empty() ? "lost the connection to PostgreSQL" : why));
  ++losses_;
  std::deque<Request> failed = std::exchange(sent_, {});
  std::ranges::move(std::exchange(waiting_, {}), std::back_inserter(failed));
  for (Request& request : failed) request.done(outage, {});
}

void PgPipeline::disconnect() {
  ready_ = false;
  count(Standing::away);
  prepared_.clear();
  groups_.clear();
  unsynced_ = answered_ = 0;
  watch_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (connection_) PQfinish(std::exchange(connection_, nullptr));
}

}  // namespace usermeta
