#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nghttp2/nghttp2.h>

namespace usermeta {

class Http2Connection;

struct Http2SessionDelete {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
using Http2SessionPointer = std::unique_ptr<nghttp2_session, Http2SessionDelete>;

// nghttp2's C callbacks, each of which only hands over to the connection.
struct Http2Callbacks {
  // `connection` must outlive the session.
  static Http2SessionPointer new_session(Http2Connection& connection);
  // Sends the body of a stream's answer.
  static nghttp2_data_provider body_source();

 private:
  using Session = nghttp2_session;
  static int begin_frame(Session*, const nghttp2_frame_hd* head, void* user);
  static int frame(Session*, const nghttp2_frame* frame, void* user);
  static int invalid_frame(Session*, const nghttp2_frame* frame, int error, void* user);
  static int sent(Session*, const nghttp2_frame* frame, void* user);
  static int begin_headers(Session*, const nghttp2_frame* frame, void* user);
  static int field(Session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                   const std::uint8_t* value, std::size_t value_size, std::uint8_t flags, void* user);
  static int invalid_field(Session*, const nghttp2_frame* frame, const std::uint8_t* name,
                           std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                           std::uint8_t flags, void* user);
  static int data(Session*, std::uint8_t flags, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                  void* user);
  static int close(Session*, std::int32_t id, std::uint32_t code, void* user);
  static ssize_t read_body(Session*, std::int32_t id, std::uint8_t* out, std::size_t space,
                           std::uint32_t* flags, nghttp2_data_source*, void* user);
};

}  // namespace usermeta
