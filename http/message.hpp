#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usermeta {

// A field's value without the blanks around it (OWS, RFC 9110 section 5.6.3).
std::string_view trim(std::string_view value);

// Header fields in the order they came; names in lower case. A plain type so that HTTP/1.1 and HTTP/2 share
// everything behind the session, and Beast stays in the session's own file.
class Fields {
 public:
  void add(std::string_view lower_name, std::string_view value) { fields_.emplace_back(lower_name, value); }
  // The first value of that name (lower case), or nothing.
  std::optional<std::string_view> find(std::string_view lower_name) const;
  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// One request as the transport hands it over. `target` is the request target as it was sent: path and query,
// still percent-encoded. `peer` is the address of the connection's other end, without its port. The request
// began when its header was here.
struct HttpRequest {
  std::string method;
  std::string target;
  Fields fields;
  std::string body;
  std::string peer;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
};

// One answer. The transport adds content-length, date and connection; everything else is here. Trailers come
// after the body (RFC 9110 section 6.5); HTTP/1.1 sends such an answer in chunks.
struct HttpResponse {
  unsigned status = 200;
  Fields fields;
  std::string body;
  Fields trailers = {};  // a value, so that answers without any need not say so
  // Of an answer in one of gRPC's formats, which has it in its trailers: not sent, but counted and logged.
  std::optional<int> grpc_code = {};
};

}  // namespace usermeta
