#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace usermeta {

// What an answer says about its connection. HTTP/1.1 keeps one unless told otherwise, HTTP/1.0 wants the
// word.
enum class Persistence { keep, keep_said, close };

// Status line, fields and the empty line of an HTTP/1.1 answer (RFC 9112 section 4), with the date,
// content-length and connection fields, which `response.fields` must not have. The length is the body's,
// which the answer to HEAD declares and does not send; an answer with trailers announces chunks instead.
std::string response_head(const HttpResponse& response, Persistence persistence,
                          std::chrono::system_clock::time_point now);

// The same for an answer whose body comes piece by piece, up to the end of the connection: in chunks, or, for
// a client of HTTP/1.0, as it is.
std::string streamed_head(const HttpResponse& response, bool chunked,
                          std::chrono::system_clock::time_point now);

// One chunk (RFC 9112 section 7.1), or nothing for no bytes, for that would be the last chunk.
void append_chunk(std::string& out, std::string_view bytes);
// The last one, and the trailers.
void append_last_chunk(std::string& out, const Fields& trailers);

// What goes out as the body of an answer with trailers (RFC 9112 section 7.1): one chunk, the last chunk, and
// the trailers.
std::string chunked_body(const HttpResponse& response);

// Appends the time as a date field has it (RFC 9110 section 5.6.7).
void append_date(std::string& out, std::chrono::system_clock::time_point now);

// Whether an answer of this status has a body and a length at all (RFC 9110 section 6.4.1).
bool has_body(unsigned status);

}  // namespace usermeta
