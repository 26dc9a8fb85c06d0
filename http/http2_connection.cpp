#include "http/http2_connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <utility>
#include <vector>

#include "http/http2_fields.hpp"
#include "http/response_head.hpp"

namespace usermeta {
namespace {

constexpr std::uint32_t most_streams = 100;
constexpr std::uint32_t stream_window = 256 * 1024;
constexpr std::int32_t connection_window = 1024 * 1024;

std::string_view number(std::array<char, 20>& digits, std::size_t value) {
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

}  // namespace

Http2Connection::Http2Connection(const HttpLimits& limits, ByteBudget& bodies, time_point now)
    : limits_(limits),
      bodies_(bodies),
      session_(Http2Callbacks::new_session(*this)),
      now_(now),
      idle_since_(now),
      patience_since_(now) {
  const std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.header_bytes)},
  }};
  if (nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size()) != 0 ||
      nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, connection_window) != 0) {
    throw std::bad_alloc();
  }
}

void Http2Connection::receive(std::string_view bytes, time_point now) {
  now_ = now;
  if (deaf_) return;
  regain_patience();
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t taken = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  if (taken == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  if (taken < 0 && taken != NGHTTP2_ERR_CALLBACK_FAILURE) {
    fail(taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (failure_) end(*failure_);
}

std::optional<Http2Connection::Event> Http2Connection::next_event() {
  while (!events_.empty()) {
    const Event event = events_.front();
    events_.pop_front();
    if (event.what == What::gone) return event;
    const Http2Stream* const stream = find(event.stream);
    if (stream != nullptr && !stream->answered) return event;
  }
  return std::nullopt;
}

void Http2Connection::go_on(std::int32_t id) {
  const Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->whole || stream->rejection || !stream->request.body.empty()) return;
  if (!stream->request.fields.find("expect")) return;
  const nghttp2_nv status = http2_field(":status", "100");
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
}

void Http2Connection::answer(std::int32_t id, HttpResponse response, std::string_view date, time_point now) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->answered) return;
  stream->answered = true;
  stream->due = now + limits_.write_time;
  stream->request = {};
  stream->body_share.release();
  submit(id, *stream, std::move(response), date);
}

void Http2Connection::submit(std::int32_t id, Http2Stream& stream, HttpResponse response,
                             std::string_view date) {
  stream.response = std::move(response);
  const HttpResponse& kept = stream.response;

  std::array<char, 20> status;
  std::array<char, 20> length;
  std::vector<nghttp2_nv> head{http2_field(":status", number(status, kept.status)),
                               http2_field("date", date)};
  for (const auto& [name, value] : kept.fields) head.push_back(http2_field(name, value));
  const bool with_length = has_body(kept.status) && kept.trailers.empty() && !stream.streamed;
  if (with_length) head.push_back(http2_field("content-length", number(length, kept.body.size())));
  nghttp2_data_provider body = Http2Callbacks::body_source();
  const bool with_body = !stream.head_only && has_body(kept.status) && !(with_length && kept.body.empty());
  const int submitted =
      nghttp2_submit_response(session_.get(), id, head.data(), head.size(), with_body ? &body : nullptr);
  if (submitted == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  if (submitted != 0)
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
}

std::size_t Http2Connection::held() const {
  std::size_t bytes = 0;
  for (const auto& [id, stream] : streams_) bytes += stream.response.body.size();
  return bytes;
}

void Http2Connection::produce(std::string& out, std::size_t bytes) {
  while (out.size() < bytes) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
    if (size <= 0) break;
    out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  if (failure_) end(*failure_);
}

Http2Connection::time_point Http2Connection::due() const {
  if (deaf_) return time_point::max();
  time_point first = header_due_;
  if (streams_.empty()) first = std::min(first, idle_since_ + limits_.idle_time);
  for (const auto& [id, stream] : streams_) first = std::min(first, stream.due);
  return first;
}

void Http2Connection::expire(time_point now) {
  now_ = now;
  if (header_due_ <= now) return end(NGHTTP2_ENHANCE_YOUR_CALM);
  if (streams_.empty() && idle_since_ + limits_.idle_time <= now) return end(NGHTTP2_NO_ERROR);
  for (auto& [id, stream] : streams_) {
    if (stream.due > now) continue;
    stream.due = time_point::max();
    if (stream.answered || stream.streamed) {
      const std::uint32_t why = stream.sent_whole ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL;
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, why);
    } else {
      refuse(id, stream, rejections::request_too_slow);
    }
  }
}

void Http2Connection::finish() {
  if (std::exchange(finishing_, true) || deaf_) return;
  const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

bool Http2Connection::over() const {
  return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
}

void Http2Connection::end(std::uint32_t code) {
  if (std::exchange(deaf_, true)) return;
  nghttp2_session_terminate_session(session_.get(), code);
}

}  // namespace usermeta
