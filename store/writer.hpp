#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "commands/command_handler.hpp"
#include "events/log.hpp"
#include "store/outage.hpp"

namespace usermeta {

// Drives the command handler: takes commands from any thread, does what the handler wants with the log, and
// hands the answers back. It alone appends to the log.
//
// Threads: `handle`, `level` and `figures` may be called from any thread; the rest happens on the strand,
// which is the log's too. It must outlive its coroutines: stop() it and let the executor run dry before it is
// destroyed.
class Writer {
 public:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;

  struct Options {
    CommandHandler::Options handler;
    // How often an idle process looks at what others appended, and how often deadlines are looked at.
    std::chrono::milliseconds tick{200};
    // Called on the strand with every event that changes who may do what, in the log's order, each before any
    // decision that rests on it and before the command that caused it is answered.
    std::function<void(const Fact&)> on_access = [](const Fact&) {};
    // Called on the strand with each batch that this writer has appended, in the log's order.
    std::function<void(const std::shared_ptr<const Batch>&)> on_appended;
    // Called on the strand when the log is known to have grown otherwise.
    std::function<void(Position)> on_head;
    // An outage began (its message), or is over (empty).
    std::function<void(const std::string&)> on_outage;
    // Called on the strand when a batch was written: how many events, and the time from its append on.
    std::function<void(std::size_t events, std::chrono::steady_clock::duration time)> on_batch = {};
  };

  Writer(Strand strand, Log& log, Options options);

  void start();

  // The answer to a command whose limits were checked, once it is durable, or at once that there is no
  // room for it or that the service is stopping.
  boost::asio::awaitable<Answer> handle(CommandRequest request);

  // Any thread.
  struct Figures {
    CommandFigures commands;
    Position observed = 0;  // on_access was told of everything up to here
  };
  boost::asio::awaitable<Figures> figures();

  // Returns when everything that was in the log at the time of the call has gone through on_access. Throws
  // Outage when that takes longer than `patience`.
  boost::asio::awaitable<void> level(std::chrono::milliseconds patience);

  // Takes no more commands, and returns when those taken are answered or `grace` is over.
  boost::asio::awaitable<void> stop(std::chrono::milliseconds grace);

 private:
  // What a coroutine is resumed by: every command has one, and an any_completion_handler costs five pieces of
  // memory until it is called.
  using AnswerHandler = boost::asio::async_result<boost::asio::use_awaitable_t<>,
                                                  void(std::exception_ptr, Answer)>::handler_type;
  using LevelHandler =
      boost::asio::async_result<boost::asio::use_awaitable_t<>, void(std::exception_ptr)>::handler_type;
  struct LevelWaiter {
    LevelHandler handler;
    std::uint64_t begun;  // it is served by what began after this
    std::chrono::steady_clock::time_point deadline;
  };

  boost::asio::awaitable<Answer> refuse_at_once();
  void submit(std::unique_ptr<CommandRequest> request, AnswerHandler handler);
  void pump();
  void perform(WantHead want);
  void perform(WantFollow want);
  void perform(WantLoad want);
  void perform(WantAppend want);
  void perform(WantUnlock want);
  void load_access(const Head& head);
  void follow(Position after, std::uint64_t number, std::optional<Head> locked);
  // Whether what was asked for in `epoch` still matters and went well; an outage is dealt with here.
  bool went_well(std::uint64_t epoch, const std::exception_ptr& error, bool appended = false);
  void level_as_of(std::uint64_t number);
  void end_levels(const std::function<bool(const LevelWaiter&)>& which, const std::exception_ptr& error);
  std::exception_ptr observe(const std::vector<Recorded>& events);
  void tick();
  void give_answers();

  Strand strand_;
  Log& log_;
  Options options_;
  CommandHandler handler_;
  std::unordered_map<Ticket, AnswerHandler> waiters_;
  // Not a vector: one handler cannot be moved onto another.
  std::list<LevelWaiter> level_waiters_;
  boost::asio::steady_timer ticker_;
  boost::asio::steady_timer retry_;
  boost::asio::steady_timer idle_;  // cancelled when the last command is answered while stopping
  std::uint64_t epoch_ = 0;         // counts outages: answers from before one do not matter
  std::uint64_t begun_ = 0;         // counts follows and appends
  std::chrono::milliseconds pause_{0};
  std::string outage_;  // as it was told last
  bool retrying_ = false;
  bool pumping_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
  Position observed_ = 0;                  // on_access was told of everything up to here
  std::atomic<bool> full_{false};          // a command would be refused
  std::atomic<std::uint64_t> refused_{0};  // commands that handle() refused without asking the handler
};

}  // namespace usermeta
