#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/byte_budget.hpp"
#include "http/http2_callbacks.hpp"
#include "http/http2_stream.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/rejection.hpp"

namespace usermeta {

// The server's side of one HTTP/2 connection (RFC 9113), around nghttp2: bytes and answers go in, requests
// and bytes come out; no I/O and no clock, so that a script of bytes tests it. What the peer does wrong
// becomes frames to it (RST_STREAM, GOAWAY) and is nobody else's matter. Not for use by two threads at a
// time.
class Http2Connection {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // What happened to a stream. After `refused` and `whole` nothing more comes but `gone`.
  enum class What : std::uint8_t {
    header,   // the request's header is complete: see request()
    whole,    // the request is complete: take() it, and answer() it some time
    refused,  // answer() it, see rejection()
    gone,     // the peer, or a rule that it broke, ended the stream before its answer was out
    bytes,    // of a streamed call: there is something to read again
  };
  struct Event {
    std::int32_t stream;
    What what;
  };

  // `bodies` must outlive it.
  Http2Connection(const HttpLimits& limits, ByteBudget& bodies, time_point now);
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  void receive(std::string_view bytes, time_point now);
  // What happened since, in order. An event of a stream that is answered already is left out, but `gone`.
  std::optional<Event> next_event();

  // Of a stream after `header` or `refused`, and until `gone`.
  HttpRequest& request(std::int32_t stream) { return streams_.at(stream).request; }
  HttpRequest take(std::int32_t stream) { return std::move(request(stream)); }
  const Rejection& rejection(std::int32_t stream) const { return *streams_.at(stream).rejection; }

  // Whether the stream is still there and is owed an answer.
  bool wants(std::int32_t stream) const {
    const auto found = streams_.find(stream);
    return found != streams_.end() && !found->second.answered;
  }

  // After `header`: sends 100 (Continue) to a client that waits for it.
  void go_on(std::int32_t id);
  // Nothing happens when the stream is gone. The rest of a request that is not whole yet is not wanted any
  // more (RFC 9113 section 8.1).
  void answer(std::int32_t id, HttpResponse response, std::string_view date, time_point now);

  // After `header`: makes it a streamed call, whose request and answer come and go piece by piece. False
  // when the request is refused already, which its event is to tell. Below, nothing happens when the stream
  // is gone.
  bool open(std::int32_t id);
  // What has come since; the peer may send as much again.
  std::string read(std::int32_t id);
  bool read_whole(std::int32_t id);
  // What the handler keeps of the request, in bytes; false when the budget has no room for it.
  bool keep(std::int32_t id, std::size_t bytes);
  void begin(std::int32_t id, HttpResponse head, std::string_view date, time_point now);
  void write(std::int32_t id, std::string_view bytes, time_point now);
  void end(std::int32_t id, Fields trailers, time_point now);
  // Bytes that were written and wait for the peer's window.
  std::size_t unsent(std::int32_t id);
  // Bytes of answers' bodies that are in memory, over all streams: a body is as a whole until its last byte
  // is out.
  std::size_t held() const;

  // Appends what is to be sent until `out` has at least so many bytes, or there is no more.
  void produce(std::string& out, std::size_t bytes);
  // Frames that wait to be produced; the caller stops receiving while there are too many.
  std::size_t waiting_frames() const { return nghttp2_session_get_outbound_queue_size(session_.get()); }

  // When expire() has something to do at the earliest.
  time_point due() const;
  void expire(time_point now);

  // No further request: says so (GOAWAY), and is over when the last answer that is owed is out.
  void finish();
  // Nothing more is to be received or produced.
  bool over() const;
  bool idle() const { return streams_.empty(); }

 private:
  friend struct Http2Callbacks;

  // What nghttp2 calls; false: the connection ends with failure_.
  bool on_begin_frame(const nghttp2_frame_hd& head);
  bool on_frame(const nghttp2_frame& frame);
  void on_sent(const nghttp2_frame& frame);
  void on_begin_request(std::int32_t id);
  void on_field(std::int32_t id, std::string_view name, std::string_view value);
  void on_header_end() { header_due_ = time_point::max(); }
  void on_data(std::int32_t id, std::string_view bytes);
  void on_close(std::int32_t id);
  ssize_t on_read(std::int32_t id, char* out, std::size_t space, std::uint32_t& flags);

  Http2Stream* find(std::int32_t id);
  // The stream of a streamed call that has not ended.
  Http2Stream* find_open(std::int32_t id);
  void submit(std::int32_t id, Http2Stream& stream, HttpResponse response, std::string_view date);
  void take_in(std::int32_t id, Http2Stream& stream, std::string_view bytes);
  void refuse(std::int32_t id, Http2Stream& stream, const Rejection& rejection);
  void header_complete(std::int32_t id, Http2Stream& stream);
  void request_complete(std::int32_t id, Http2Stream& stream);
  // The peer did what costs us and brings it nothing; too often ends the connection.
  void lose_patience();
  void regain_patience();
  void fail(std::uint32_t code) { failure_ = failure_.value_or(code); }
  void end(std::uint32_t code);

  const HttpLimits limits_;
  ByteBudget& bodies_;
  std::map<std::int32_t, Http2Stream> streams_;
  std::deque<Event> events_;
  Http2SessionPointer session_;

  time_point now_;
  time_point idle_since_;
  time_point header_due_ = time_point::max();  // of the one header that is incomplete
  std::size_t block_bytes_ = 0;                // of that header, compressed
  std::size_t block_frames_ = 0;
  std::int32_t highest_stream_ = 0;
  // The first and last of ids that were passed over, and are closed by that. A stream that is unknown for
  // another reason (refused, or long gone) may still have frames under way, which are no error.
  std::vector<std::pair<std::int32_t, std::int32_t>> passed_over_;
  // How often the peer may still do what costs us and brings it nothing: requests cancelled or malformed,
  // PING, SETTINGS, PRIORITY, empty DATA (CVE-2023-44487, CVE-2019-9511 to 9518). A finished request earns
  // it more, and so does the time that passes: a stream that lasts for days has its PINGs.
  static constexpr std::size_t most_patience = 500;
  std::size_t patience_ = most_patience;
  time_point patience_since_;             // the time up to which it has come back
  std::optional<std::uint32_t> failure_;  // an error of the connection: what it is to end with
  bool deaf_ = false;                     // what comes is not looked at any more
  bool finishing_ = false;
};

}  // namespace usermeta
