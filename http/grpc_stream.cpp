#include "http/grpc_stream.hpp"

#include <algorithm>
#include <utility>

#include "http/grpc_frame.hpp"
#include "http/gzip.hpp"

namespace usermeta {
namespace {

using boost::asio::awaitable;
using google::protobuf::Message;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestAsked = 64 * 1024;
// A message must be whole so long after its first byte; between two of them the client may be silent.
constexpr auto kMessageTime = std::chrono::seconds(30);
// A client that waits for longer waits for as long as it takes.
constexpr auto kLongestTimeout = std::chrono::hours(24 * 365);

Failure call_over() {
  return {kDeadlineExceeded, {}, "the call's time is over"};
}

Failure crowded() {
  return {kResourceExhausted, {}, "too much data is under way, try again later"};
}

Failure call_stopped() {
  return {kUnavailable, {}, "the server stops"};
}

}  // namespace

GrpcStream::GrpcStream(HttpStream& stream, const HttpRequest& head, const WireFormat& format,
                       time_point begin)
    : stream_(stream),
      head_(head),
      format_(format),
      packs_(takes_gzip(head.fields.find("grpc-accept-encoding"))) {
  const auto timeout = client_timeout(format, head.fields);
  if (const auto* wrong = std::get_if<Failure>(&timeout)) {
    wrong_timeout_ = *wrong;
  } else if (const auto& time = std::get<0>(timeout); time && *time < kLongestTimeout) {
    deadline_ = begin + *time;
  }
}

void GrpcStream::begin(const HttpResponse& head) {
  HttpResponse response = grpc_answer(format_.content_type);
  if (packs_) response.fields.add("grpc-encoding", "gzip");
  for (const auto& [name, value] : head.fields) response.fields.add(name, value);
  stream_.begin(std::move(response));
}

awaitable<std::variant<bool, Failure>> GrpcStream::read(Message& into) {
  if (wrong_timeout_) co_return *wrong_timeout_;
  auto due = time_point::max();
  while (true) {
    const auto first = first_frame(std::string_view(bytes_).substr(read_), kLongestAsked);
    if (const auto* failure = std::get_if<Failure>(&first)) co_return *failure;
    if (const auto& whole = std::get<0>(first)) {
      const auto wrong = read_grpc_frame(whole->frame, head_.fields.find("grpc-encoding"), format_.codec,
                                         into, kLongestAsked);
      if (wrong) co_return *wrong;
      read_ += whole->size;
      co_return true;
    }
    // Once for all the messages that came together: there may be many small ones.
    bytes_.erase(0, std::exchange(read_, 0));
    if (bytes_.empty()) bytes_ = {};
    if (!bytes_.empty() && due == time_point::max()) due = Clock::now() + kMessageTime;
    if (!stream_.keep(bytes_.capacity())) co_return crowded();
    auto piece = co_await stream_.read(std::min(due, deadline_));
    if (piece.arrival == HttpStream::Arrival::late) co_return call_over();
    if (piece.arrival == HttpStream::Arrival::stopping) co_return call_stopped();
    if (piece.arrival == HttpStream::Arrival::end) {
      if (bytes_.empty()) co_return false;
      co_return Failure{kInternal, {}, "the request ends within a message"};
    }
    bytes_ += piece.bytes;
    if (!stream_.keep(bytes_.capacity())) co_return crowded();
  }
}

void GrpcStream::append(std::string& out, const Message& message) const {
  const std::string bytes = encode(format_.codec, message);
  if (packs_ && bytes.size() > kShortestPacked)
    append_frame(out, {kCompressed, gzip(bytes)});
  else
    append_frame(out, {0, bytes});
}

awaitable<void> GrpcStream::write(const Message& message) {
  std::string framed;
  append(framed, message);
  co_await stream_.write(std::move(framed));
}

awaitable<bool> GrpcStream::send(std::string bytes, time_point until) {
  co_return co_await stream_.write_until(std::move(bytes), until);
}

void GrpcStream::end() {
  code_ = 0;
  stream_.end(grpc_status());
}

void GrpcStream::end(const Failure& failure, std::string last) {
  code_ = failure.code;
  stream_.end(std::move(last), grpc_status(failure));
}

awaitable<std::optional<Failure>> GrpcStream::pause(time_point until) {
  const bool goes_on = co_await stream_.pause(std::min(until, deadline_));
  if (!goes_on) co_return call_stopped();
  if (Clock::now() >= deadline_) co_return call_over();
  co_return std::nullopt;
}

}  // namespace usermeta
