#include "http/request_parser.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "http/request_line.hpp"

namespace usermeta {
namespace {

namespace beast = boost::beast;
using namespace rejections;
using beast::error_code;
using BeastError = beast::http::error;

// Not the whole of what a body is declared to have: a promise costs the client nothing.
constexpr std::size_t most_reserved = 64 * 1024;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

Rejection rejection_of(const error_code& error, std::string_view header) {
  if (error == BeastError::bad_version && names_a_version(header)) return unknown_version;
  if (error == BeastError::bad_content_length || error == BeastError::multiple_content_length)
    return bad_length;
  if (error == BeastError::bad_transfer_encoding) return bad_encoding;
  if (error == BeastError::bad_field || error == BeastError::bad_value) return bad_field;
  return bad_request_line;
}

}  // namespace

// Beast's parser for one message, which writes straight into our request.
class RequestParser::Message final : public beast::http::basic_parser<true> {
 public:
  Message(HttpRequest& request, const HttpLimits& limits) : request_(request), limits_(limits) {
    // Both limits are kept outside: Beast sees whole headers only, and a body's limit has its own answer.
    header_limit(static_cast<std::uint32_t>(limits.header_bytes + 1));
    body_limit(boost::none);
    eager(true);
  }

  std::optional<Rejection> rejection;
  bool http11 = false;
  bool expects_continue = false;
  bool expects_unknown = false;
  bool keeps_body = true;
  bool header_done = false;
  bool chunk_ended = false;      // the line end after a chunk's bytes is to come
  const char* unread = nullptr;  // behind the last byte of a body, in what Beast was given
  std::size_t hosts = 0;

 private:
  void refuse(const Rejection& why, error_code& error) {
    rejection = why;
    error = BeastError::bad_field;  // any error makes Beast stop
  }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code&) override {
    request_.method = view(method);
    request_.target = origin_form(view(target));
    http11 = version == 11;
  }

  void on_field_impl(beast::http::field known, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    if (header_done) return;  // a trailer
    using Field = beast::http::field;
    if (known == Field::host) ++hosts;
    if (known == Field::content_length && (lengths_++ != 0 || value.find(',') != value.npos)) {
      return refuse(bad_length, error);
    }
    if (known == Field::transfer_encoding) {
      if (encodings_++ != 0 || lengths_ != 0 || !http11) return refuse(bad_encoding, error);
      if (!equals_ignoring_case(view(value), "chunked")) return refuse(unknown_encoding, error);
    }
    if (known == Field::expect && http11) {
      (equals_ignoring_case(view(value), "100-continue") ? expects_continue : expects_unknown) = true;
    }
    request_.fields.add_any_case(view(name), view(value));
  }

  void on_header_impl(error_code&) override { header_done = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (keeps_body && length) request_.body.reserve(std::min<std::size_t>(*length, most_reserved));
  }

  std::size_t on_body_impl(beast::string_view part, error_code& error) override {
    return add_body(part, error);
  }

  void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions, error_code& error) override {
    chunk_ended = false;
    // Beast lets control characters into a quoted extension; elsewhere a line feed there ends the line.
    if (std::any_of(extensions.begin(), extensions.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
      return refuse(bad_chunk, error);
    }
    if (line_size(extensions) > limits_.header_bytes) return refuse(trailer_too_large, error);
    if (size > limits_.body_bytes - body_bytes_) refuse(body_too_large, error);
  }

  std::size_t on_chunk_body_impl(std::uint64_t left, beast::string_view part, error_code& error) override {
    chunk_ended = part.size() == left;
    unread = part.data() + part.size();
    return add_body(part, error);
  }

  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  // Of a chunk's line, with both line ends, given what it ends with.
  std::size_t line_size(beast::string_view extensions) const {
    return static_cast<std::size_t>(extensions.data() + extensions.size() - unread) + 2;
  }

  std::size_t add_body(beast::string_view part, error_code& error) {
    if (part.size() > limits_.body_bytes - body_bytes_) {
      refuse(body_too_large, error);
      return 0;
    }
    body_bytes_ += part.size();
    if (keeps_body) request_.body.append(part.data(), part.size());
    return part.size();
  }

  HttpRequest& request_;
  const HttpLimits& limits_;
  std::size_t body_bytes_ = 0;
  std::size_t lengths_ = 0;
  std::size_t encodings_ = 0;
};

RequestParser::RequestParser(const HttpLimits& limits) : limits_(limits) {}
RequestParser::~RequestParser() = default;

void RequestParser::received(std::size_t bytes) {
  buffer_.received(bytes);
  if (!message_ && scanned_ == 0) skip_empty_lines();
}

RequestParser::Step RequestParser::step() {
  if (rejection_) return Step::refused;
  if (foreign_) return Step::foreign;
  return message_ ? parse_body() : parse_header();
}

RequestParser::Step RequestParser::refuse(const Rejection& rejection) {
  rejection_ = rejection;
  return Step::refused;
}

// RFC 9112 section 2.2: empty lines before a request are skipped, as old clients end a body with one.
void RequestParser::skip_empty_lines() {
  while (unparsed().starts_with("\r\n")) buffer_.take(2);
}

// The header's size with its empty line, or 0 while that is not here. Looks at each byte once.
std::size_t RequestParser::find_header_end() {
  const char* const data = unparsed().data();
  const std::size_t size = unparsed().size();
  while (scanned_ < size) {
    const void* const found = std::memchr(data + scanned_, '\n', size - scanned_);
    if (found == nullptr) {
      scanned_ = size;
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - data);
    scanned_ = at + 1;
    if (at == 0 || data[at - 1] != '\r') {
      refuse(bad_line);
      return 0;
    }
    if (at == line_ + 1) return scanned_;
    if (data[line_] == ' ' || data[line_] == '\t') {
      refuse(folded_field);
      return 0;
    }
    line_ = scanned_;
  }
  return 0;
}

RequestParser::Step RequestParser::parse_header() {
  if (buffer_.empty()) return Step::more;
  const std::string_view data = unparsed();
  // Early, for who speaks another protocol (TLS) waits for an answer and never sends an empty line.
  if (data == "\r") return Step::more;
  if (data[0] <= ' ' || data[0] > '~') return refuse(bad_request_line);
  const std::size_t size = find_header_end();
  if (rejection_) return Step::refused;
  if (size > limits_.header_bytes || (size == 0 && data.size() >= limits_.header_bytes)) {
    return refuse(header_too_large);
  }
  if (size == 0) return Step::more;

  message_ = std::make_unique<Message>(request_, limits_);
  error_code error;
  const std::string_view header = data.substr(0, size);
  message_->put(boost::asio::const_buffer(header.data(), header.size()), error);
  buffer_.take(size);
  scanned_ = line_ = 0;
  if (message_->rejection) return refuse(*message_->rejection);
  foreign_ = error && names_another_protocol(header);
  if (foreign_) return Step::foreign;
  if (error) return refuse(rejection_of(error, header));
  if (message_->hosts > 1 || (message_->hosts == 0 && message_->http11)) return refuse(bad_host);
  if (message_->expects_unknown) later_ = unknown_expectation;
  if (message_->content_length().value_or(0) > limits_.body_bytes) later_ = body_too_large;
  return Step::header;
}

RequestParser::Step RequestParser::parse_body() {
  if (later_) return refuse(*later_);
  if (!message_->is_done() && !buffer_.empty() && !is_short_last_chunk()) {
    error_code error;
    const std::string_view data = unparsed();
    message_->unread = data.data();
    buffer_.take(message_->put(boost::asio::const_buffer(data.data(), data.size()), error));
    const auto line = static_cast<std::size_t>(unparsed().data() - message_->unread);
    if (message_->rejection) return refuse(*message_->rejection);
    if (error && error != BeastError::need_more) return refuse(bad_chunk);
    if (message_->chunked() && line > limits_.header_bytes) return refuse(trailer_too_large);
  }
  if (message_->is_done()) return Step::done;
  // What is left now is the beginning of a chunk's header or of the trailer.
  if (unparsed().size() >= limits_.header_bytes) return refuse(trailer_too_large);
  return Step::more;
}

// Beast asserts that it is not shown the last chunk a second time with less than "0 CR LF CR LF". Whatever
// begins with 0 in a chunked body, at least as much follows; but not where a chunk's line end is missing.
bool RequestParser::is_short_last_chunk() const {
  return message_->chunked() && !message_->chunk_ended && unparsed().starts_with('0') &&
         unparsed().size() < 5;
}

void RequestParser::drop_body() {
  message_->keeps_body = false;
}

bool RequestParser::is_http10() const {
  return message_ && !message_->http11;
}
bool RequestParser::keep_alive() const {
  return message_->keep_alive();
}

bool RequestParser::wants_continue() const {
  return message_->expects_continue && !later_ && !message_->is_done() && buffer_.empty();
}

bool RequestParser::can_reach_end() const {
  return !later_ && !wants_continue();
}

HttpRequest RequestParser::take() {
  message_.reset();
  skip_empty_lines();
  if (buffer_.empty()) buffer_.release();
  return std::exchange(request_, {});
}

bool RequestParser::at_rest() const {
  return !message_ && !rejection_ && buffer_.empty();
}

}  // namespace usermeta
