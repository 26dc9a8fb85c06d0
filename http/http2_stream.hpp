#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "http/byte_budget.hpp"
#include "http/message.hpp"
#include "http/rejection.hpp"

namespace usermeta {

// One request and its answer on an HTTP/2 connection, as far as they have come.
struct Http2Stream {
  explicit Http2Stream(ByteBudget& bodies) : body_share(bodies) {}

  HttpRequest request;
  ByteBudget::Share body_share;  // for request.body, until the answer
  std::size_t header_bytes = 0;  // as RFC 9113 section 6.5.2 counts them
  std::optional<Rejection> rejection;
  bool head_only = false;  // the request is HEAD
  bool header_done = false;
  bool whole = false;     // the request's last byte is here
  bool answered = false;  // the answer is here, though not sent

  // A streamed call, see Http2Connection::open(): request.body is what was not read yet, response.body what
  // was not sent yet, `answered` that the answer's end is here.
  bool streamed = false;
  std::size_t unread = 0;  // bytes by which the stream's window is still to be opened
  std::size_t kept = 0;    // by the call's handler, out of body_share

  HttpResponse response;
  std::size_t sent = 0;  // of response.body
  bool sent_whole = false;

  // For the body, then, once more, for the answer's way out; never while the service is at it.
  std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
};

}  // namespace usermeta
