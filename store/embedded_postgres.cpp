#include "store/embedded_postgres.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <system_error>
#include <utility>

#include <libpq-fe.h>

namespace usermeta {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::uintmax_t log_limit = 16 * 1024 * 1024;
constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 5000ms;

// Backends of a killed server go on for a moment, and hold its shared memory; another start may be under way.
bool passes_by_itself(const std::string& message) {
  return message.find("is still in use") != std::string::npos ||
         message.find("already exists") != std::string::npos ||
         message.find("not our child") != std::string::npos;
}

std::uintmax_t size_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

EmbeddedPostgres::EmbeddedPostgres(const DataDirectory& data, Options options)
    : data_(data),
      options_(std::move(options)),
      layout_(data.path()),
      interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!interrupt_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

EmbeddedPostgres::~EmbeddedPostgres() {
  try {
    stop();
  } catch (const std::exception& error) {
    say(std::string("PostgreSQL could not be stopped: ") + error.what());
  }
}

void EmbeddedPostgres::start() {
  if (!data_.locked()) throw std::logic_error("the data directory must be locked before PostgreSQL starts");
  user_ = postgres_user();
  const bool existed = layout_.major().has_value();
  binaries_ = find_postgres_binaries(options_.binaries, layout_.major());
  // A server that a killed service left behind goes on as it is; its files are not ours to touch while it
  // runs.
  if (!existed || !Postmaster::find(layout_)) {
    if (!existed)
      say("making a PostgreSQL " + std::to_string(binaries_.major) + " cluster in " +
          layout_.cluster().string());
    prepare_cluster(layout_, binaries_, user_, options_.settings);
  }
  if (!bring_up(true)) throw std::runtime_error("stopped while PostgreSQL was starting");
  create_database();
  alive_.store(true, std::memory_order_release);
  supervisor_ = std::jthread([this] { supervise(); });
}

bool EmbeddedPostgres::bring_up(bool first) {
  const auto give_up = steady_clock::now() + 60s;
  auto pause_time = Milliseconds(first_pause);
  while (true) {
    const auto log_size = size_of(layout_.log());
    std::string why;
    try {
      postmaster_ = Postmaster::find(layout_);
      const bool found = postmaster_.has_value();
      if (!found) postmaster_ = Postmaster::start(layout_, binaries_, user_);
      const auto state = postmaster_->wait_ready(interrupt_.get(), [this] {
        say("PostgreSQL is still starting; recovery after a crash may take minutes");
      });
      if (state == Postmaster::State::interrupted) return false;
      if (state == Postmaster::State::ready) {
        say(std::string(found ? "took over the running" : "started") + " PostgreSQL " +
            std::to_string(binaries_.major) + ", process " + std::to_string(postmaster_->pid()));
        return true;
      }
      why = "PostgreSQL ended while it started (" + postmaster_->reap() + "): " + log_tail(log_size);
      postmaster_.reset();
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (first && (!passes_by_itself(why) || steady_clock::now() > give_up)) {
      throw std::runtime_error(why + " (more in " + layout_.log().string() + ")");
    }
    say(why + "; trying again in " + std::to_string(pause_time.count()) + " ms");
    if (!pause(pause_time)) return false;
    pause_time = std::min<Milliseconds>(pause_time * 2, longest_pause);
  }
}

void EmbeddedPostgres::create_database() const {
  const auto conninfo = layout_.connection_string("postgres") + " connect_timeout=30";
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo.c_str()), PQfinish);
  const auto require = [&](bool good) {
    if (good) return;
    throw std::runtime_error(
        "cannot use the embedded PostgreSQL: " + last_line(PQerrorMessage(connection.get())) + " (more in " +
        layout_.log().string() + ")");
  };
  require(PQstatus(connection.get()) == CONNECTION_OK);
  const auto execute = [&](const char* sql) {
    return std::unique_ptr<PGresult, decltype(&PQclear)>(PQexec(connection.get(), sql), PQclear);
  };
  const auto found = execute("SELECT 1 FROM pg_database WHERE datname = 'usermeta'");
  require(PQresultStatus(found.get()) == PGRES_TUPLES_OK);
  if (PQntuples(found.get()) > 0) return;
  require(PQresultStatus(execute("CREATE DATABASE usermeta").get()) == PGRES_COMMAND_OK);
}

void EmbeddedPostgres::supervise() {
  auto pause_time = Milliseconds(first_pause);
  auto up_since = steady_clock::now();
  while (true) {
    try {
      if (!postmaster_) {
        if (!pause(pause_time) || !bring_up(false)) return;
        up_since = steady_clock::now();
        alive_.store(true, std::memory_order_release);
      }
      const auto state = postmaster_->wait_end(interrupt_.get(), 60s);
      if (state == Postmaster::State::interrupted) return;
      if (state != Postmaster::State::dead) {
        bound_log();
        continue;
      }
      alive_.store(false, std::memory_order_release);
      say("PostgreSQL, process " + std::to_string(postmaster_->pid()) + ", ended unexpectedly (" +
          postmaster_->reap() + "); starting it again");
      postmaster_.reset();
      // One that comes up only to die again must not keep the machine busy.
      const bool lasted = steady_clock::now() - up_since > 10s;
      pause_time = lasted ? Milliseconds(first_pause) : std::min<Milliseconds>(pause_time * 2, longest_pause);
    } catch (const std::exception& error) {
      say(std::string("supervision of PostgreSQL: ") + error.what());
      if (!pause(longest_pause)) return;
    }
  }
}

void EmbeddedPostgres::interrupt() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(interrupt_.get(), &one, sizeof one);
}

void EmbeddedPostgres::stop() {
  interrupt();
  if (supervisor_.joinable()) supervisor_.join();
  alive_.store(false, std::memory_order_release);
  if (postmaster_) shut_down();
  postmaster_.reset();
}

void EmbeddedPostgres::shut_down() {
  // PostgreSQL: pg_ctl's modes fast (sessions are ended, a checkpoint is written) and immediate (recovery at
  // the next start; nothing that was committed is lost).
  for (const auto& [number, limit] : {std::pair{SIGINT, 30s}, {SIGQUIT, 10s}, {SIGKILL, 10s}}) {
    if (number != SIGINT) say("PostgreSQL does not stop; sending signal " + std::to_string(number));
    postmaster_->signal(number);
    // Interrupted already: a descriptor below zero is one that poll leaves alone.
    if (postmaster_->wait_end(-1, limit) == Postmaster::State::dead) {
      postmaster_->reap();
      std::error_code ignored;
      if (layout_.sockets().parent_path() != layout_.data) fs::remove(layout_.sockets(), ignored);
      return;
    }
  }
  say("PostgreSQL, process " + std::to_string(postmaster_->pid()) + ", could not be stopped");
}

bool EmbeddedPostgres::pause(Milliseconds time) const {
  pollfd entry{interrupt_.get(), POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(time.count())) <= 0;
}

void EmbeddedPostgres::bound_log() const {
  if (size_of(layout_.log()) <= log_limit) return;
  // The server appends to the file that it was given, so the bytes move and the file stays.
  auto previous = layout_.log();
  previous += ".1";
  std::error_code ignored;
  fs::copy_file(layout_.log(), previous, fs::copy_options::overwrite_existing, ignored);
  fs::resize_file(layout_.log(), 0, ignored);
}

std::string EmbeddedPostgres::log_tail(std::uintmax_t from) const {
  std::ifstream file(layout_.log(), std::ios::binary);
  file.seekg(static_cast<std::streamoff>(from));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  // The cause is what it calls fatal; what follows it are hints.
  const auto fatal = text.find("FATAL:");
  const auto tail =
      fatal == std::string::npos ? last_line(text) : text.substr(fatal, text.find('\n', fatal) - fatal);
  return tail.empty() ? "it said nothing" : tail;
}

void EmbeddedPostgres::say(std::string line) const {
  if (options_.log) options_.log(std::move(line));
}

std::optional<std::string> EmbeddedPostgres::running_connection_string(const DataDirectory& data) {
  const ClusterLayout layout(data.path());
  const auto postmaster = Postmaster::find(layout);
  if (!postmaster || !postmaster->is_ready()) return std::nullopt;
  return layout.connection_string();
}

}  // namespace usermeta
