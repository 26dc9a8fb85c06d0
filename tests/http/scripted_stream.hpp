#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "http/grpc_frame.hpp"
#include "http/stream.hpp"
#include "tests/http/run_coroutine.hpp"

namespace usermeta {

// A client of a streamed call that has said all that it will, and takes whatever it gets.
struct ScriptedStream final : HttpStream {
  boost::asio::awaitable<Piece> read(time_point until) override {
    const bool late = until <= std::chrono::steady_clock::now();
    if (pieces.empty()) co_return Piece{late ? Arrival::late : Arrival::end, {}};
    Piece piece = std::move(pieces.front());
    pieces.pop_front();
    co_return piece;
  }
  bool keep(std::size_t bytes) override {
    kept = std::max(kept, bytes);
    return bytes <= room;
  }
  boost::asio::awaitable<bool> pause(time_point until) override { co_return on_pause&& on_pause(until); }
  void begin(HttpResponse response) override { head = std::move(response); }
  std::function<void()> waker() override {
    return [] {};
  }
  boost::asio::awaitable<bool> write_until(std::string bytes, time_point) override {
    written.push_back(std::move(bytes));
    co_return true;
  }
  void end(std::string last, Fields fields) override {
    if (!last.empty()) written.push_back(std::move(last));
    trailers = std::move(fields);
  }

  void say(std::string bytes) { pieces.push_back({Arrival::bytes, std::move(bytes)}); }
  std::string status() const { return std::string(trailers.find("grpc-status").value_or("(none)")); }

  std::deque<Piece> pieces;
  std::size_t room = 100'000'000;
  std::function<bool(time_point)> on_pause;  // false, and unset: the server stops

  std::size_t kept = 0;
  HttpResponse head;
  std::vector<std::string> written;
  Fields trailers;
};

}  // namespace usermeta
