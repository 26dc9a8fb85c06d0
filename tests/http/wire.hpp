#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "tests/http/whole_service.hpp"

namespace usermeta {

// One call as the client of a wire format writes and reads it; the format goes by its content type.

// All that a procedure's path takes.
const std::vector<std::string>& wire_content_types();

// flags 1 | length 4, big-endian | payload
std::string framed(std::string_view payload, char flags = 0);

std::string wire_body(const std::string& content_type, const google::protobuf::Message& request);

// An answer in terms that all formats have.
struct WireAnswer {
  int code = -1;        // google.rpc.Code; 0: success
  std::string id;       // of the error's detail
  std::string message;  // as sent: with the id
  std::string payload;  // the answer's message, encoded
  // "0", or "9 COMMAND-uXHNj", or without an id "3".
  std::string outcome() const { return std::to_string(code) + (id.empty() ? "" : " " + id); }
};
// Fails the test where the answer is none in that format.
WireAnswer wire_answer(const std::string& content_type, const WholeService::Answer& answer);

// Asks for a procedure in that format.
WireAnswer ask_wire(WholeService& service, const std::string& content_type, const std::string& procedure,
                    const google::protobuf::Message& request, const WholeService::HeaderFields& fields = {});

}  // namespace usermeta
