#include "bench/http2_exchange.hpp"

#include <array>
#include <exception>
#include <stdexcept>
#include <string_view>

#include <boost/asio/co_spawn.hpp>

#include "http/grpc_frame.hpp"
#include "http/http2_fields.hpp"
#include "http/response_head.hpp"

namespace usermeta {
namespace {

constexpr const char* kPath = "/zitadel.management.v1.ManagementService/SetUserMetadata";

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// A request's body goes out in one piece.
ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t, std::uint32_t* flags,
                  nghttp2_data_source* source, void*) {
  const auto& body = *static_cast<const std::string*>(source->ptr);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(body.copy(reinterpret_cast<char*>(out), body.size()));
}

}  // namespace

Http2Exchange::Http2Exchange(ServiceInMemory& service)
    : service_(service), connection_(limits_, bodies_, std::chrono::steady_clock::now()) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session* session = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Http2Exchange::on_field);
  nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  client_.reset(session);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
}

int Http2Exchange::on_field(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                            std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                            std::uint8_t, void* user) {
  if (view(name, name_size) == "grpc-status" && view(value, value_size) == "0")
    ++static_cast<Http2Exchange*>(user)->succeeded_;
  return 0;
}

void Http2Exchange::submit(const std::string& body) {
  const std::string token = "Bearer " + service_.token();
  const std::array fields{http2_field(":method", "POST"),     http2_field(":scheme", "http"),
                          http2_field(":path", kPath),        http2_field(":authority", "localhost"),
                          http2_field("te", "trailers"),      http2_field("content-type", "application/grpc"),
                          http2_field("authorization", token)};
  const nghttp2_data_provider source{.source = {.ptr = const_cast<std::string*>(&body)},
                                     .read_callback = read_body};
  if (nghttp2_submit_request(client_.get(), nullptr, fields.data(), fields.size(), &source, nullptr) < 0)
    throw std::runtime_error("the request cannot be submitted");
}

std::string Http2Exchange::said_by_client() {
  std::string bytes;
  const std::uint8_t* data = nullptr;
  while (const ssize_t size = nghttp2_session_mem_send(client_.get(), &data)) {
    if (size < 0) throw std::runtime_error("the client fails");
    bytes.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  return bytes;
}

void Http2Exchange::answer_all(std::size_t count) {
  std::exception_ptr failure;
  std::size_t waiting = count;
  while (const auto event = connection_.next_event()) {
    if (event->what == Http2Connection::What::header) {
      connection_.request(event->stream).peer = "127.0.0.1";
      if (service_.calls().answer_header(connection_.request(event->stream)))
        throw std::runtime_error("the header was refused");
    }
    if (event->what != Http2Connection::What::whole) continue;
    boost::asio::co_spawn(service_.context(), service_.calls().answer(connection_.take(event->stream)),
                          [&, stream = event->stream](std::exception_ptr error, HttpResponse response) {
                            --waiting;
                            failure = error ? error : failure;
                            std::string date;
                            append_date(date, std::chrono::system_clock::now());
                            connection_.answer(stream, std::move(response), date,
                                               std::chrono::steady_clock::now());
                          });
  }
  service_.context().restart();
  while (waiting > 0) service_.context().run_one();
  if (failure) std::rethrow_exception(failure);
}

std::size_t Http2Exchange::exchange(const std::vector<std::string>& messages) {
  bodies_sent_.clear();
  for (const std::string& message : messages) append_frame(bodies_sent_.emplace_back(), {0, message});
  for (const std::string& body : bodies_sent_) submit(body);
  succeeded_ = 0;
  connection_.receive(said_by_client(), std::chrono::steady_clock::now());
  answer_all(messages.size());
  std::string answers;
  connection_.produce(answers, static_cast<std::size_t>(-1));
  nghttp2_session_mem_recv(client_.get(), reinterpret_cast<const std::uint8_t*>(answers.data()),
                           answers.size());
  if (succeeded_ != messages.size()) throw std::runtime_error("not all were answered");
  return answers.size();
}

}  // namespace usermeta
