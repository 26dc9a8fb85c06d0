#include "http/failure.hpp"

#include "events/json_string.hpp"

namespace usermeta {

Failure failure_of(Refusal refusal) {
  const RefusalText& text = text_of(refusal);
  return {static_cast<int>(text.code), std::string(text.id), std::string(text.message)};
}

unsigned http_status_of(int code) {
  switch (code) {
    case 3:  // INVALID_ARGUMENT
    case 9:  // FAILED_PRECONDITION
      return 400;
    case 4:  // DEADLINE_EXCEEDED
      return 504;
    case 5:  // NOT_FOUND
      return 404;
    case 6:  // ALREADY_EXISTS
      return 409;
    case 7:  // PERMISSION_DENIED
      return 403;
    case 8:  // RESOURCE_EXHAUSTED
      return 429;
    case 12:  // UNIMPLEMENTED
      return 501;
    case 14:  // UNAVAILABLE
      return 503;
    case 16:  // UNAUTHENTICATED
      return 401;
    default:
      return 500;
  }
}

std::string failure_as_json(const Failure& failure) {
  std::string json = "{\"code\":" + std::to_string(failure.code) + ",\"message\":";
  if (failure.id.empty()) {
    append_json_string(json, failure.message);
  } else {
    append_json_string(json, failure.message + " (" + failure.id + ")");
    json += ",\"details\":[{\"@type\":\"type.googleapis.com/zitadel.v1.ErrorDetail\",\"id\":";
    append_json_string(json, failure.id);
    json += ",\"message\":";
    append_json_string(json, failure.message);
    json += "}]";
  }
  json += '}';
  return json;
}

}  // namespace usermeta
