#pragma once

#include <cstdint>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "http/message.hpp"
#include "http/rejection.hpp"
#include "http/stream.hpp"

namespace usermeta {

enum class HttpVersion : std::uint8_t { http1, http2 };

// What a transport calls. The seam between bytes and meaning: the service in production, a script in the
// transport's tests. All functions may be called from any thread at the same time.
class HttpService {
 public:
  virtual ~HttpService() = default;

  // Called when a request's header is complete and its body is not read yet (`body` is empty): the answer,
  // when the header alone decides it (unknown path, wrong method, preflight); nothing, when the body is
  // wanted.
  virtual std::optional<HttpResponse> answer_header(const HttpRequest& request) = 0;

  // The answer to a whole request. Never throws but for a cancelled coroutine.
  virtual boost::asio::awaitable<HttpResponse> answer(HttpRequest request) = 0;

  // Whether a request with that header, which answer_header() let pass, is a streamed call: one whose
  // messages come and go while it lasts. Over HTTP/1.1 those of the request are all there before it begins.
  virtual bool is_streamed(const HttpRequest&, HttpVersion) { return false; }

  // Serves a streamed call, and ends the stream before it returns. Throws for a cancelled coroutine or stream
  // only.
  virtual boost::asio::awaitable<void> serve_stream(HttpRequest, HttpStream&) { co_return; }

  // The answer for a request that the transport itself refuses (malformed, too large, too slow, too many
  // connections). `request`: as far as it came; empty when its header did not.
  virtual HttpResponse refuse(const HttpRequest& request, const Rejection& why) = 0;
};

}  // namespace usermeta
