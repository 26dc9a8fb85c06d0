#pragma once

#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <vector>

#include "bench/service_in_memory.hpp"
#include "http/http2_connection.hpp"

namespace usermeta {

// One HTTP/2 connection between a client and the service in memory, without sockets: bytes to bytes.
class Http2Exchange {
 public:
  explicit Http2Exchange(ServiceInMemory& service);

  // gRPC's set calls with these messages, all under way at the same time; the answers' bytes in all. Throws
  // when one of them is not answered with status 0.
  std::size_t exchange(const std::vector<std::string>& messages);

 private:
  struct Free {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  void submit(const std::string& body);
  std::string said_by_client();
  void answer_all(std::size_t count);
  static int on_field(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user);

  ServiceInMemory& service_;
  HttpLimits limits_;
  ByteBudget bodies_{limits_.bodies_bytes};
  Http2Connection connection_;
  std::unique_ptr<nghttp2_session, Free> client_;
  std::vector<std::string> bodies_sent_;
  std::size_t succeeded_ = 0;
};

}  // namespace usermeta
