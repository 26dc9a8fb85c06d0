#include "http/sse_sink.hpp"

#include "events/json_string.hpp"
#include "http/event_message.hpp"
#include "http/json_codec.hpp"
#include "http/server_sent_events.hpp"

namespace usermeta {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::milliseconds kRetry{3000};

}  // namespace

awaitable<void> SseSink::begin(HttpResponse head, Position after) {
  head.status = 200;
  head.fields.add("content-type", "text/event-stream");
  head.fields.add("cache-control", "no-store");
  stream_.begin(std::move(head));
  std::string bytes;
  append_sse_comment(bytes, "after " + std::to_string(after));
  append_sse_retry(bytes, kRetry);
  co_await stream_.write(std::move(bytes));
}

void SseSink::append(std::string& out, const Recorded& event) {
  v1::Event message;
  set_event(message, event);
  append_sse_event(out, event.position, event.type, encode_json(message));
}

void SseSink::append_place(std::string& out, Position reached) {
  append_sse_comment(out, "alive");
  append_sse_place(out, reached);
}

awaitable<bool> SseSink::send(std::string bytes, time_point until) {
  co_return co_await stream_.write_until(std::move(bytes), until);
}

awaitable<std::optional<Failure>> SseSink::pause(time_point until) {
  const bool goes_on = co_await stream_.pause(until);
  if (!goes_on) co_return Failure{kUnavailable, {}, "the server stops"};
  co_return std::nullopt;
}

void SseSink::end(const Failure& why, Position reached) {
  std::string data = "{\"code\":" + std::to_string(why.code) + ",\"message\":";
  append_json_string(data, why.message);
  data += ",\"after\":\"" + std::to_string(reached) + "\"}";
  std::string bytes;
  append_sse_event(bytes, reached, "usermeta.end", data);
  stream_.end(std::move(bytes), {});
}

}  // namespace usermeta
