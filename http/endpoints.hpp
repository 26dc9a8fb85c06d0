#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <google/protobuf/message.h>

#include "http/api.hpp"

namespace usermeta {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

// Where a REST call's message comes from, besides its path.
enum class Source : std::uint8_t {
  body,
  query,       // its text fields; what it has besides is passed over
  parameters,  // the query, of the message's fields only
  path_only,
};

// One call: where it is found, and what it does with its message. A placeholder {name} in the path sets the
// message's field of that name.
struct Endpoint {
  std::string_view method;
  std::string_view path;
  Source source;
  bool live;  // GET with `Accept: text/event-stream` follows what it lists (see http/event_follow)
  MessagePtr (*new_request)();
  boost::asio::awaitable<Result<MessagePtr>> (*run)(Api& api, const CallInfo& call, MessagePtr request);
};

// "/package.Service/Method": the procedure that takes the endpoint's message, by its .proto file.
std::string procedure_of(const Endpoint& endpoint);

// The call at a procedure's path; null when there is none.
const Endpoint* find_procedure(std::string_view path);
// Whether the path has a procedure's form, be there such a one or not. No REST path has.
bool is_procedure_path(std::string_view path);

// All calls; a literal segment stands before a placeholder in the same place.
std::span<const Endpoint> endpoints();

// The placeholders' names with what stands in their place, still percent-encoded; on the stack, for each
// request has some.
class Placeholders {
 public:
  using Entry = std::pair<std::string_view, std::string_view>;

  Placeholders() = default;
  Placeholders(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) add(entry);
  }

  void add(const Entry& entry) { entries_.at(size_++) = entry; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Entry& operator[](std::size_t i) const { return entries_[i]; }
  const Entry* begin() const { return entries_.data(); }
  const Entry* end() const { return entries_.data() + size_; }
  friend bool operator==(const Placeholders&, const Placeholders&) = default;

 private:
  std::array<Entry, 2> entries_;  // no path has more
  std::size_t size_ = 0;
};

struct Route {
  const Endpoint* endpoint = nullptr;  // null: none
  Placeholders placeholders;
  // The methods that the path has, when it has not the one asked for; empty for an unknown path.
  std::string allow;
};
Route find_route(std::string_view method, std::string_view path);

}  // namespace usermeta
