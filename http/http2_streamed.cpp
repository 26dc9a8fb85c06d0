// Streamed calls: what comes and goes before the other side has ended.

#include <utility>

#include "http/http2_connection.hpp"

namespace usermeta {

Http2Stream* Http2Connection::find_open(std::int32_t id) {
  Http2Stream* const stream = find(id);
  return stream != nullptr && stream->streamed && !stream->answered ? stream : nullptr;
}

bool Http2Connection::open(std::int32_t id) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->rejection || stream->answered) return false;
  stream->streamed = true;
  stream->due = time_point::max();
  return true;
}

// The connection's window opens at once: a call that reads slowly must not hold up the others. Its own
// window, which opens as it reads, bounds what waits here.
void Http2Connection::take_in(std::int32_t id, Http2Stream& stream, std::string_view bytes) {
  nghttp2_session_consume_connection(session_.get(), bytes.size());
  std::string& body = stream.request.body;
  if (body.empty()) events_.push_back({id, What::bytes});
  body.append(bytes);
  stream.unread += bytes.size();
  if (stream.body_share.grow_to(stream.kept + body.capacity())) return;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_ENHANCE_YOUR_CALM);
}

std::string Http2Connection::read(std::int32_t id) {
  Http2Stream* const stream = find_open(id);
  if (stream == nullptr) return {};
  nghttp2_session_consume_stream(session_.get(), id, std::exchange(stream->unread, 0));
  std::string bytes = std::exchange(stream->request.body, {});
  keep(id, stream->kept);
  return bytes;
}

bool Http2Connection::read_whole(std::int32_t id) {
  const Http2Stream* const stream = find(id);
  return stream != nullptr && stream->whole && stream->request.body.empty();
}

bool Http2Connection::keep(std::int32_t id, std::size_t bytes) {
  Http2Stream* const stream = find_open(id);
  if (stream == nullptr) return true;
  stream->kept = bytes;
  stream->body_share.release();
  const std::string& body = stream->request.body;
  return stream->body_share.grow_to(bytes + (body.empty() ? 0 : body.capacity()));
}

void Http2Connection::begin(std::int32_t id, HttpResponse head, std::string_view date, time_point now) {
  Http2Stream* const stream = find_open(id);
  if (stream == nullptr) return;
  head.body.clear();
  stream->due = now + limits_.write_time;
  submit(id, *stream, std::move(head), date);
}

void Http2Connection::write(std::int32_t id, std::string_view bytes, time_point now) {
  Http2Stream* const stream = find_open(id);
  if (stream == nullptr) return;
  std::string& body = stream->response.body;
  body.erase(0, std::exchange(stream->sent, 0));
  body += bytes;
  stream->due = now + limits_.write_time;
  nghttp2_session_resume_data(session_.get(), id);
}

void Http2Connection::end(std::int32_t id, Fields trailers, time_point now) {
  Http2Stream* const stream = find_open(id);
  if (stream == nullptr) return;
  stream->answered = true;
  stream->due = now + limits_.write_time;
  stream->request = {};
  stream->body_share.release();
  stream->response.trailers = std::move(trailers);
  nghttp2_session_resume_data(session_.get(), id);
}

std::size_t Http2Connection::unsent(std::int32_t id) {
  const Http2Stream* const stream = find(id);
  return stream == nullptr ? 0 : stream->response.body.size() - stream->sent;
}

}  // namespace usermeta
