#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "fuzz/fuzz.hpp"
#include "http/http2_connection.hpp"
#include "tests/support/http2_frames.hpp"

using namespace usermeta;
using What = Http2Connection::What;

namespace {

// What the session keeps to as well.
constexpr std::size_t most_waiting_frames = 1000;
constexpr std::size_t most_streams = 100;

HttpLimits limits() {
  HttpLimits small;
  small.header_bytes = 1024;
  small.body_bytes = 2048;
  return small;
}

std::string said(const HttpRequest& request) {
  std::string all = request.method + ' ' + request.target + '\n';
  for (const auto& [name, value] : request.fields) all.append(name).append(": ").append(value) += '\n';
  return all + '\n' + request.body;
}

// Whether what becomes of the bytes depends on their pieces. A header that comes in several frames: nghttp2
// bounds their number by how often it looks for the next one's head, and a head in nine pieces counts as
// nine. A peer's goodbye: what follows is looked at only where it came together with it.
bool depends_on_pieces(std::string bytes) {
  bytes.erase(0, http2::preface.size());
  while (bytes.size() > 4) {
    if (bytes[3] == http2::headers && (bytes[4] & http2::end_headers) == 0) return true;
    if (bytes[3] == http2::goaway) return true;
    if (!http2::next_frame(bytes)) return false;
  }
  return false;
}

// What becomes of a stream of bytes to which nobody answers.
std::string unanswered(std::string_view bytes, fuzz::Pieces* pieces) {
  ByteBudget bodies(1024 * 1024);
  const Http2Connection::time_point now{};
  Http2Connection connection(limits(), bodies, now);
  while (!bytes.empty()) {
    const std::size_t size = std::min(pieces != nullptr ? pieces->next() : bytes.size(), bytes.size());
    connection.receive(bytes.substr(0, size), now);
    bytes.remove_prefix(size);
  }
  std::string all;
  while (const auto event = connection.next_event()) {
    all += std::to_string(event->stream) + ' ' + std::to_string(static_cast<int>(event->what)) + '\n';
    if (event->what == What::whole) all += said(connection.take(event->stream));
    if (event->what == What::refused) all += connection.rejection(event->stream).message;
  }
  std::string out;
  connection.produce(out, 1024 * 1024);
  while (const auto frame = http2::next_frame(out)) {
    all += std::to_string(frame->type) + ' ' + std::to_string(frame->stream) + '\n';
    // Which of several wrongs a GOAWAY names depends on where nghttp2 was when it met them.
    if (frame->type != http2::goaway) all += frame->payload;
  }
  return all + (connection.over() ? "over" : "goes on");
}

// A connection whose service answers, and what has to hold of it at any time.
class Conversation {
 public:
  explicit Conversation(std::uint8_t manner) : manner_(manner) {}

  void hold(std::string_view bytes, fuzz::Pieces& pieces) {
    while (!bytes.empty()) {
      if (connection_.waiting_frames() > most_waiting_frames) read_all();
      const std::size_t size = std::min(pieces.next(), bytes.size());
      connection_.receive(bytes.substr(0, size), now_);
      bytes.remove_prefix(size);
      // A piece of 256 bytes has 28 frames.
      fuzz::check(connection_.waiting_frames() <= most_waiting_frames + 100, "what waits is bounded");
      heed_events();
      if ((manner_ & 1U) != 0) read(size);
      if ((manner_ & 2U) != 0) pass(std::chrono::milliseconds(100 * size));
    }
  }

  void end() {
    if ((manner_ & 4U) != 0) connection_.finish();
    for (int i = 0; !connection_.over(); ++i) {
      fuzz::check(i < 1000, "a connection ends when nothing more comes");
      answer_all();
      read_all();
      if (connection_.over()) break;
      const auto due = connection_.due();
      fuzz::check(due != Http2Connection::time_point::max(), "who is silent is not waited for in vain");
      now_ = std::max(now_, due);
      pass({});
    }
  }

 private:
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    if (connection_.due() <= now_) connection_.expire(now_);
    heed_events();
  }

  void heed_events() {
    while (const auto event = connection_.next_event()) {
      const std::int32_t id = event->stream;
      fuzz::check(!gone_.contains(id), "nothing comes after a stream's end");
      fuzz::check(event->what == What::gone || !settled_.contains(id), "a request comes once");
      if (event->what == What::gone) gone_.insert(id);
      if (event->what == What::whole || event->what == What::refused) settled_.insert(id);
      if (event->what == What::header) {
        fuzz::check(open_.insert(id).second, "a request has one header");
        connection_.go_on(id);
        if ((manner_ & 8U) != 0 && id % 8 == 3) answer(id);
        if ((manner_ & 64U) != 0 && id % 8 == 1 && connection_.open(id)) begin_stream(id);
      }
      if (streamed_.contains(id)) {
        if (event->what != What::gone) echo(id);
        continue;
      }
      if (event->what == What::whole) {
        const HttpRequest request = connection_.take(id);
        fuzz::check(request.body.size() <= limits().body_bytes, "a body has its limit");
        fuzz::check(said(request).size() < 4096, "a header has its limit");
      }
      if (event->what == What::refused) answer(id);
      if (event->what == What::whole && (manner_ & 16U) != 0) answer(id);
    }
    const auto owed = [&](std::int32_t id) { return connection_.wants(id); };
    fuzz::check(std::ranges::count_if(open_, owed) <= static_cast<int>(most_streams), "streams are bounded");
  }

  void begin_stream(std::int32_t id) {
    streamed_.insert(id);
    answered_.insert(id);
    connection_.begin(id, {}, "today", now_);
  }

  // A streamed call that says what it hears, and ends when its request does.
  void echo(std::int32_t id) {
    const std::string heard = connection_.read(id);
    fuzz::check(heard.size() <= 64 * 1024, "no more comes than the window has");
    connection_.keep(id, heard.size());
    connection_.write(id, heard, now_);
    if (connection_.wants(id) && connection_.read_whole(id)) connection_.end(id, {}, now_);
  }

  void answer(std::int32_t id) {
    HttpResponse response;
    const auto number = static_cast<unsigned>(id);
    response.status = number % 16 == 5 ? 204 : 200;
    response.body.assign(number * 97 % 3000, 'x');
    if (number % 4 == 1) response.trailers.add("grpc-status", "0");
    connection_.answer(id, response, "today", now_);
    connection_.answer(id, response, "today", now_);
    answered_.insert(id);
    fuzz::check(!connection_.wants(id), "an answer is enough");
  }

  void answer_all() {
    for (const std::int32_t id : streamed_) {
      if (connection_.wants(id)) connection_.end(id, {}, now_);
    }
    for (const std::int32_t id : settled_) {
      if (connection_.wants(id)) answer(id);
    }
  }

  void read_all() { read(16 * 1024 * 1024); }

  // The peer takes so many bytes: at most one answer a stream, and to none that has no answer.
  void read(std::size_t bytes) {
    connection_.produce(out_, bytes);
    while (const auto frame = http2::next_frame(out_)) {
      const auto id = static_cast<std::int32_t>(frame->stream);
      if (frame->type != http2::headers && frame->type != http2::data) continue;
      fuzz::check(!ended_.contains(id), "an answer comes once");
      const bool ends = (frame->flags & http2::end_stream) != 0;
      if (ends || frame->type == http2::data) fuzz::check(answered_.contains(id), "no answer from nowhere");
      if (ends) ended_.insert(id);
    }
  }

  const std::uint8_t manner_;
  ByteBudget bodies_{std::size_t{16} * 1024};
  Http2Connection::time_point now_{};
  Http2Connection connection_{limits(), bodies_, now_};
  std::set<std::int32_t> open_, settled_, streamed_, gone_, answered_, ended_;
  std::string out_;
};

}  // namespace

// HTTP/2: the first byte says how the network cuts the bytes up, the second how server and peer behave and
// whether the bytes are to follow a greeting.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::uint8_t choice = fuzz::take_byte(input);
  const std::uint8_t manner = fuzz::take_byte(input);
  const std::string bytes = ((manner & 32U) != 0 ? http2::hello() : "") + std::string(input);
  fuzz::Pieces pieces(choice);
  if (!depends_on_pieces(bytes)) {
    fuzz::check(unanswered(bytes, &pieces) == unanswered(bytes, nullptr), "any pieces, the same requests");
  }
  Conversation conversation(manner);
  conversation.hold(bytes, pieces);
  conversation.end();
  return 0;
}
