#include "bench/grpc_connection.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace usermeta::bench {
namespace {

constexpr std::size_t kFrameHead = 5;      // a flag, and the message's length
constexpr std::int32_t kWindow = 1 << 30;  // so that the service never waits for us
constexpr std::size_t kSpace = 64 * 1024;

void check(int status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string(what) + ": " + nghttp2_strerror(status));
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

// Of the message, as the frame's head has it. The answers are short: the lower two bytes.
std::size_t length_of(std::string_view frame) {
  return static_cast<std::size_t>(static_cast<unsigned char>(frame[3])) << 8 |
         static_cast<unsigned char>(frame[4]);
}

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

struct GrpcCallbacks {
  using Stream = GrpcConnection::Stream;

  // Nothing may be thrown through nghttp2.
  template <class Work>
  static int guarded(void* connection, Work work) {
    auto& self = *static_cast<GrpcConnection*>(connection);
    try {
      work(self);
      return 0;
    } catch (...) {
      self.failure_ = std::current_exception();
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  static Stream* stream(nghttp2_session* session, std::int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static ssize_t on_read(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t space,
                         std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const std::size_t bytes = std::min(space, stream.message.size() - stream.sent);
    std::copy_n(stream.message.data() + stream.sent, bytes, out);
    stream.sent += bytes;
    if (stream.sent == stream.message.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(bytes);
  }
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* connection) {
    return guarded(connection, [&](GrpcConnection& self) {
      if (Stream* of = stream(session, frame->hd.stream_id))
        self.take_field(*of, text_of(name, name_size), text_of(value, value_size));
    });
  }
  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* connection) {
    return guarded(connection, [&](GrpcConnection&) {
      if (Stream* of = stream(session, id)) of->answer.append(text_of(bytes, size));
    });
  }
  static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t error, void* connection) {
    return guarded(connection, [&](GrpcConnection& self) {
      if (Stream* of = stream(session, id)) self.take_answer(*of, error);
    });
  }
};

GrpcConnection::GrpcConnection(Questions& questions, Answers& answers)
    : Connection(questions.options().port),
      questions_(questions),
      answers_(answers),
      authorization_("Bearer " + questions.options().token) {
  make_message();
  for (std::size_t i = 0; i < questions.options().streams; ++i) {
    Stream& stream = *streams_.emplace_back(std::make_unique<Stream>());
    stream.message = message_;
    free_.push_back(&stream);
  }
  nghttp2_session_callbacks* callbacks = nullptr;
  check(nghttp2_session_callbacks_new(&callbacks), "nghttp2_session_callbacks_new");
  nghttp2_session_callbacks_set_on_header_callback(callbacks, GrpcCallbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, GrpcCallbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, GrpcCallbacks::on_close);
  const int made = nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  check(made, "nghttp2_session_client_new");
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow};
  check(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1), "nghttp2_submit_settings");
  check(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow),
        "nghttp2_session_set_local_window_size");
}

GrpcConnection::~GrpcConnection() {
  nghttp2_session_del(session_);
}

//   00 LENGTH | 0a n USER | 12 n KEY | 1a 28 VALUE
//   flag      | SetUserMetadataRequest: id, key, value
void GrpcConnection::make_message() {
  zitadel::management::v1::SetUserMetadataRequest request;
  request.set_id(questions_.options().users[0]);
  request.set_key(std::string(questions_.key_length(), 'k'));
  request.set_value(std::string(Values::kCharacters, 'v'));
  const std::string bytes = request.SerializeAsString();
  message_ = {'\0', '\0', '\0', static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size())};
  message_ += bytes;
  value_ = message_.size() - Values::kCharacters;
  key_ = value_ - 2 - questions_.key_length();
}

void GrpcConnection::fill(Stream& stream) {
  const std::string_view user = questions_.user(stream.question);
  user.copy(stream.message.data() + kFrameHead + 2, user.size());
  questions_.write_key(stream.message.data() + key_, stream.question.key);
  questions_.values().write_text(stream.message.data() + value_, questions_.random());
}

void GrpcConnection::ask(const Question& question) {
  if (free_.empty()) throw std::logic_error("asked without room");
  Stream& stream = *free_.back();
  free_.pop_back();
  stream.question = question;
  stream.sent = 0;
  stream.answer.clear();
  stream.http_status.clear();
  stream.grpc_status.clear();
  stream.grpc_message.clear();
  fill(stream);
  const std::array fields{field(":method", "POST"),
                          field(":scheme", "http"),
                          field(":path", "/zitadel.management.v1.ManagementService/SetUserMetadata"),
                          field(":authority", "localhost"),
                          field("content-type", "application/grpc"),
                          field("te", "trailers"),
                          field("authorization", authorization_)};
  nghttp2_data_provider body{.source = {.ptr = &stream}, .read_callback = GrpcCallbacks::on_read};
  check(nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &body, &stream),
        "nghttp2_submit_request");
}

// All frames of all streams in one piece: nghttp2 gives them one by one, and a call into the kernel for each
// would cost more than all else.
void GrpcConnection::flush() {
  if (unsent_ == out_.size()) {
    out_.clear();
    unsent_ = 0;
    const std::uint8_t* bytes = nullptr;
    for (ssize_t size = 1; size > 0;) {
      size = nghttp2_session_mem_send(session_, &bytes);
      check(static_cast<int>(size), "nghttp2_session_mem_send");
      out_.append(text_of(bytes, static_cast<std::size_t>(size)));
    }
  }
  if (unsent_ < out_.size()) unsent_ += send(std::string_view(out_).substr(unsent_));
}

void GrpcConnection::ready() {
  std::array<char, kSpace> bytes;
  std::size_t received = kSpace;
  // A read that was not filled has emptied the socket: epoll tells of what comes next.
  while (received == kSpace) {
    received = receive(bytes.data(), kSpace);
    const ssize_t taken =
        nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), received);
    if (failure_) std::rethrow_exception(failure_);
    check(static_cast<int>(taken), "the service's HTTP/2");
  }
  flush();
}

void GrpcConnection::take_field(Stream& stream, std::string_view name, std::string_view value) {
  if (name == ":status") stream.http_status = value;
  if (name == "grpc-status") stream.grpc_status = value;
  if (name == "grpc-message") stream.grpc_message = value;
}

void GrpcConnection::take_answer(Stream& stream, std::uint32_t error) {
  const bool resource_exhausted = stream.grpc_status == "8";
  const bool refused = resource_exhausted && questions_.options().may_refuse;
  if (error != 0 || stream.http_status != "200" || (!refused && stream.grpc_status != "0"))
    throw WrongAnswer("HTTP/2 error " + std::to_string(error) + ", status " + stream.http_status +
                      ", grpc-status " + stream.grpc_status + ": " + stream.grpc_message);
  if (!refused) {
    const std::string_view answer = stream.answer;
    const bool whole =
        answer.size() >= kFrameHead && answer[0] == 0 && length_of(answer) == answer.size() - kFrameHead &&
        response_.ParseFromArray(answer.data() + kFrameHead, static_cast<int>(answer.size() - kFrameHead));
    if (!whole || response_.id() != questions_.user(stream.question))
      throw WrongAnswer("not what was asked for: " + response_.ShortDebugString());
    questions_.check(stream.question, static_cast<std::int64_t>(response_.details().sequence()));
  }
  free_.push_back(&stream);
  answers_.answered(*this, stream.question, refused ? Outcome::refused : Outcome::accepted);
}

}  // namespace usermeta::bench
