#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/receive_buffer.hpp"
#include "http/rejection.hpp"

namespace usermeta {

// HTTP/1.0 and 1.1 requests (RFC 9112) out of a stream of bytes; no I/O, so that a script of bytes tests it.
// Stricter than the RFC must be, where leniency lets two readers of one stream disagree about where a request
// ends: no bare LF, no folded field, no repeated content-length, nothing but `chunked` as transfer-encoding.
// Trailers are read and dropped. Not for use by two threads at a time.
class RequestParser {
 public:
  enum class Step {
    more,     // nothing new without more bytes
    header,   // once a request: its header is complete
    done,     // the request is complete: take() it
    refused,  // see rejection(); for good, the stream's framing is lost
    foreign,  // another protocol's request, for good: whoever sent it would not understand an answer
  };

  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();

  // Where the next bytes go (never empty), and how many came. Invalid after the next call of anything here.
  std::span<char> space() { return buffer_.space(); }
  void received(std::size_t bytes);

  // What came and was not parsed yet; invalid as space() is.
  std::string_view unparsed() const { return buffer_.bytes(); }

  // Goes on with what is there. After `header` the next call goes on with the body.
  Step step();

  // From `header` on: the body is counted against its limit and checked, but not kept.
  void drop_body();

  // Valid from `header` until take(). A body too large and an unknown expectation are refused by the step
  // after `header` only, so that the header's own answer (404, 405) comes first.
  HttpRequest& request() { return request_; }
  bool is_head() const { return request_.method == "HEAD"; }
  bool is_http10() const;
  bool keep_alive() const;
  // The client waits for 100 (Continue) before it sends a body that is going to be read.
  bool wants_continue() const;
  // The rest of the message will be read to its end, if the client sends it.
  bool can_reach_end() const;

  // After `done`: the request; the next one begins.
  HttpRequest take();

  // After `refused`.
  const Rejection& rejection() const { return *rejection_; }

  // Between two requests, and not a byte of the next one is here; empty lines do not count.
  bool at_rest() const;
  // Gives the buffer back to the system, with what is unparsed; only between two requests.
  void release_buffer() { buffer_.release(); }

 private:
  class Message;

  Step parse_header();
  Step parse_body();
  Step refuse(const Rejection& rejection);
  bool is_short_last_chunk() const;
  void skip_empty_lines();
  std::size_t find_header_end();

  const HttpLimits limits_;
  ReceiveBuffer buffer_;
  // While a header is incomplete: how much of the buffer was looked at, and where its last line begins.
  std::size_t scanned_ = 0;
  std::size_t line_ = 0;

  std::unique_ptr<Message> message_;  // from `header` until take()
  HttpRequest request_;
  std::optional<Rejection> later_;  // what the step after `header` says
  std::optional<Rejection> rejection_;
  bool foreign_ = false;
};

}  // namespace usermeta
