#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace usermeta {

// A field's value without the blanks around it (OWS, RFC 9110 section 5.6.3).
std::string_view trim(std::string_view value);

// Whether two names, schemes or media types are the same but for the case of their ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Header fields in the order they came; names in lower case. A plain type so that HTTP/1.1 and HTTP/2 share
// everything behind the session, and Beast stays in the session's own file. All of them are in one piece of
// memory, for a request has many and every piece costs:
//
//   for each field: name's length 4 | value's length 4 | name | value
//
// Views of names and values end with the next add(), and when the fields are moved or destroyed.
class Fields {
 public:
  class Iterator;

  void add(std::string_view lower_name, std::string_view value);
  // The same for a name in any case.
  void add_any_case(std::string_view name, std::string_view value);
  // The first value of that name (lower case), or nothing.
  std::optional<std::string_view> find(std::string_view lower_name) const;
  bool empty() const { return bytes_.empty(); }
  Iterator begin() const;
  Iterator end() const;

 private:
  static constexpr std::size_t kLengths = 2 * sizeof(std::uint32_t);

  std::string bytes_;
};

// A field as its name and its value.
class Fields::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = std::pair<std::string_view, std::string_view>;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = value_type;

  explicit Iterator(const char* at) : at_(at) {}
  value_type operator*() const {
    const char* const name = at_ + kLengths;
    return {{name, length(0)}, {name + length(0), length(1)}};
  }
  Iterator& operator++() {
    at_ += kLengths + length(0) + length(1);
    return *this;
  }
  Iterator operator++(int) {
    const Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator&, const Iterator&) = default;

 private:
  std::uint32_t length(std::size_t which) const {
    std::uint32_t length;
    std::memcpy(&length, at_ + which * sizeof length, sizeof length);
    return length;
  }

  const char* at_;
};

inline Fields::Iterator Fields::begin() const {
  return Iterator(bytes_.data());
}
inline Fields::Iterator Fields::end() const {
  return Iterator(bytes_.data() + bytes_.size());
}

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
