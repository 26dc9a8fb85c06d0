#include "http/http2_callbacks.hpp"

#include <new>
#include <string_view>

#include "http/http2_connection.hpp"

namespace usermeta {
namespace {

// Answers to PING and SETTINGS that wait to be sent; the connection ends when there are more (CVE-2019-9512).
constexpr std::size_t most_acknowledgements = 200;

Http2Connection& connection_of(void* user) {
  return *static_cast<Http2Connection*>(user);
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

int status_of(bool goes_on) {
  return goes_on ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

bool is_request(const nghttp2_frame* frame) {
  return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

}  // namespace

int Http2Callbacks::begin_frame(Session*, const nghttp2_frame_hd* head, void* user) {
  return status_of(connection_of(user).on_begin_frame(*head));
}

int Http2Callbacks::frame(Session*, const nghttp2_frame* frame, void* user) {
  return status_of(connection_of(user).on_frame(*frame));
}

int Http2Callbacks::invalid_frame(Session*, const nghttp2_frame*, int, void* user) {
  connection_of(user).on_header_end();
  return 0;
}

int Http2Callbacks::sent(Session*, const nghttp2_frame* frame, void* user) {
  connection_of(user).on_sent(*frame);
  return 0;
}

int Http2Callbacks::begin_headers(Session*, const nghttp2_frame* frame, void* user) {
  if (is_request(frame)) connection_of(user).on_begin_request(frame->hd.stream_id);
  return 0;
}

int Http2Callbacks::field(Session*, const nghttp2_frame* frame, const std::uint8_t* name,
                          std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                          std::uint8_t, void* user) {
  if (is_request(frame)) {
    connection_of(user).on_field(frame->hd.stream_id, view(name, name_size), view(value, value_size));
  }
  return 0;
}

// Unless told so, nghttp2 passes over a field of forbidden characters; RFC 9113 section 8.2.1 calls the
// request malformed.
int Http2Callbacks::invalid_field(Session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                                  const std::uint8_t*, std::size_t, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2Callbacks::data(Session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                         void* user) {
  connection_of(user).on_data(id, view(bytes, size));
  return 0;
}

int Http2Callbacks::close(Session*, std::int32_t id, std::uint32_t, void* user) {
  connection_of(user).on_close(id);
  return 0;
}

ssize_t Http2Callbacks::read_body(Session*, std::int32_t id, std::uint8_t* out, std::size_t space,
                                  std::uint32_t* flags, nghttp2_data_source*, void* user) {
  return connection_of(user).on_read(id, reinterpret_cast<char*>(out), space, *flags);
}

Http2SessionPointer Http2Callbacks::new_session(Http2Connection& connection) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  nghttp2_session* session = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, sent);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, field);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalid_field);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, close);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_outbound_ack(option, most_acknowledgements);
    // We trim them: "Bearer " before an empty token is to be answered as over HTTP/1.1, not reset.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
    nghttp2_session_server_new2(&session, callbacks, &connection, option);
  }
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  if (session == nullptr) throw std::bad_alloc();
  return Http2SessionPointer(session);
}

nghttp2_data_provider Http2Callbacks::body_source() {
  return {.source = {.ptr = nullptr}, .read_callback = read_body};
}

}  // namespace usermeta
