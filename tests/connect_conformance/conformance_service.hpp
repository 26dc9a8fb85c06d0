#pragma once

#include <cstddef>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "http/service.hpp"

namespace usermeta {

// connectrpc.conformance.v1.ConformanceService over the formats of the product: everything that the suite
// looks at is written and read by the functions that CallService uses. Callable from any thread.
class ConformanceService final : public HttpService {
 public:
  // `message_limit`: bytes of a request's message.
  explicit ConformanceService(std::size_t message_limit) : message_limit_(message_limit) {}

  std::optional<HttpResponse> answer_header(const HttpRequest& request) override;
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;
  HttpResponse refuse(const HttpRequest& request, const Rejection& why) override;

 private:
  const std::size_t message_limit_;
};

}  // namespace usermeta
