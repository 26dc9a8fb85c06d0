// What nghttp2 tells the connection of, frame by frame.

#include <algorithm>
#include <charconv>
#include <vector>

#include "http/http2_connection.hpp"
#include "http/http2_fields.hpp"

namespace usermeta {
namespace {

// A header too large is still read and answered with 431, up to so many times the limit.
constexpr std::size_t most_block_limits = 4;
constexpr std::size_t most_block_frames = 16;

// No client that is known to us passes over ids at all; who does it so often is not looked at any more.
constexpr std::size_t most_passed_over = 32;

// How much patience a finished request earns its peer.
constexpr std::size_t earned_patience = 10;

// How long it takes for one more to come back.
constexpr std::chrono::milliseconds patience_time{100};

// What a field counts besides its name and value (RFC 9113 section 6.5.2).
constexpr std::size_t field_overhead = 32;

bool is_header(const nghttp2_frame_hd& head) {
  return head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_CONTINUATION;
}

}  // namespace

// Looks at what nghttp2 does not: the size of a header's block, in some of its versions the number of its
// frames (CVE-2024-27316), and whether a new stream's id is higher than the last one's (section 5.1.1).
bool Http2Connection::on_begin_frame(const nghttp2_frame_hd& head) {
  if (head.type == NGHTTP2_HEADERS) {
    block_bytes_ = block_frames_ = 0;
    const bool is_new = head.stream_id > highest_stream_;
    const bool was_passed_over = std::any_of(passed_over_.begin(), passed_over_.end(), [&](const auto& ids) {
      return ids.first <= head.stream_id && head.stream_id <= ids.second;
    });
    if (was_passed_over) fail(NGHTTP2_PROTOCOL_ERROR);
    if (head.stream_id - 2 > highest_stream_ && passed_over_.size() < most_passed_over) {
      passed_over_.emplace_back(highest_stream_ + 1, head.stream_id - 1);
    }
    if (is_new && !finishing_) header_due_ = now_ + limits_.header_time;
    highest_stream_ = std::max(highest_stream_, head.stream_id);
  }
  if (is_header(head)) {
    block_bytes_ += head.length;
    ++block_frames_;
    if (block_bytes_ > most_block_limits * limits_.header_bytes || block_frames_ > most_block_frames) {
      fail(NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }
  return !failure_;
}

bool Http2Connection::on_frame(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  const bool is_acknowledgement = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
  Http2Stream* const stream = find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      on_header_end();
      if (stream == nullptr) break;
      if (!stream->header_done) header_complete(frame.hd.stream_id, *stream);
      if (ends) request_complete(frame.hd.stream_id, *stream);
      break;
    case NGHTTP2_DATA:
      if (stream != nullptr && ends) request_complete(frame.hd.stream_id, *stream);
      if (!ends && frame.hd.length == 0) lose_patience();
      break;
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
      if (!is_acknowledgement) lose_patience();
      break;
    case NGHTTP2_PRIORITY:
      lose_patience();
      break;
    default:
      break;
  }
  return !failure_;
}

void Http2Connection::on_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code == NGHTTP2_REFUSED_STREAM) {
    lose_patience();
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  stream->sent_whole = true;
  stream->response = {};
  stream->sent = 0;
  stream->due = time_point::max();
  patience_ = std::min(most_patience, patience_ + earned_patience);
  // RFC 9113 section 8.1 lets us stop the rest of the request at once, but curl 7.88 loses the answer then. A
  // client that sees the answer stops by itself; what comes until then is dropped.
  if (!stream->whole) stream->due = now_ + limits_.linger_time;
}

void Http2Connection::on_begin_request(std::int32_t id) {
  streams_.try_emplace(id, bodies_);
}

void Http2Connection::on_field(std::int32_t id, std::string_view name, std::string_view value) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->rejection) return;
  HttpRequest& request = stream->request;
  stream->header_bytes += name.size() + value.size() + field_overhead;
  if (stream->header_bytes > limits_.header_bytes) {
    stream->rejection = rejections::header_too_large;
  } else if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    request.target = value;
  } else if (name == ":authority") {
    request.fields.add("host", value);
  } else if (!name.starts_with(':') && !(name == "host" && request.fields.find("host"))) {
    request.fields.add(name, trim(value));
  }
}

void Http2Connection::on_data(std::int32_t id, std::string_view bytes) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->answered || stream->rejection) {
    nghttp2_session_consume_connection(session_.get(), bytes.size());
    return;
  }
  if (stream->streamed) return take_in(id, *stream, bytes);
  nghttp2_session_consume(session_.get(), id, bytes.size());
  std::string& body = stream->request.body;
  if (bytes.size() > limits_.body_bytes - body.size()) return refuse(id, *stream, rejections::body_too_large);
  body.append(bytes);
  if (!stream->body_share.grow_to(body.capacity())) refuse(id, *stream, rejections::too_much_data);
}

void Http2Connection::on_close(std::int32_t id) {
  // A header that is incomplete is the newest stream's; that an earlier one ends gives it no more time.
  if (id == highest_stream_) on_header_end();
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  if (!found->second.sent_whole) lose_patience();
  if (!found->second.answered) events_.push_back({id, What::gone});
  streams_.erase(found);
  if (streams_.empty()) idle_since_ = now_;
}

ssize_t Http2Connection::on_read(std::int32_t id, char* out, std::size_t space, std::uint32_t& flags) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const HttpResponse& response = stream->response;
  const std::size_t size = response.body.copy(out, space, stream->sent);
  stream->sent += size;
  if (stream->sent < response.body.size()) return static_cast<ssize_t>(size);
  if (stream->streamed && !stream->answered) {
    stream->due = time_point::max();
    if (size == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(size);
  }
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!response.trailers.empty()) {
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<nghttp2_nv> trailers;
    for (const auto& [name, value] : response.trailers) trailers.push_back(http2_field(name, value));
    if (nghttp2_submit_trailer(session_.get(), id, trailers.data(), trailers.size()) != 0)
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  return static_cast<ssize_t>(size);
}

Http2Stream* Http2Connection::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

void Http2Connection::refuse(std::int32_t id, Http2Stream& stream, const Rejection& rejection) {
  stream.rejection = rejection;
  stream.due = time_point::max();
  events_.push_back({id, What::refused});
}

// What only the body makes wrong is refused after the header's event, so that the header's own answer (404,
// 405) comes first.
void Http2Connection::header_complete(std::int32_t id, Http2Stream& stream) {
  stream.header_done = true;
  HttpRequest& request = stream.request;
  stream.head_only = request.method == "HEAD";
  if (stream.rejection) return refuse(id, stream, *stream.rejection);
  if (request.method == "CONNECT") request.target = request.fields.find("host").value_or("");
  stream.due = now_ + limits_.body_time;
  events_.push_back({id, What::header});
  const auto expected = request.fields.find("expect");
  if (expected && !equals_ignoring_case(*expected, "100-continue"))
    return refuse(id, stream, rejections::unknown_expectation);
  std::size_t length = 0;
  const std::string_view said = request.fields.find("content-length").value_or("");
  std::from_chars(said.data(), said.data() + said.size(), length);
  if (length > limits_.body_bytes) refuse(id, stream, rejections::body_too_large);
}

void Http2Connection::request_complete(std::int32_t id, Http2Stream& stream) {
  stream.whole = true;
  if (stream.rejection || stream.answered) return;
  if (!stream.streamed) stream.due = time_point::max();
  events_.push_back({id, What::whole});
}

void Http2Connection::lose_patience() {
  if (patience_ == 0) return fail(NGHTTP2_ENHANCE_YOUR_CALM);
  --patience_;
}

void Http2Connection::regain_patience() {
  const auto earned = std::max<std::int64_t>((now_ - patience_since_) / patience_time, 0);
  patience_since_ += earned * patience_time;
  patience_ = std::min(most_patience, patience_ + static_cast<std::size_t>(earned));
}

}  // namespace usermeta
