#include "http/call_failures.hpp"

namespace usermeta {

Failure unavailable() {
  return {
      kUnavailable, {}, "the service cannot do this now, and a change may have been made or not: try again"};
}

Failure too_late() {
  return {kDeadlineExceeded, {}, "the call was not done in time, and a change may have been made or not"};
}

Failure mistake() {
  return {kInternal, {}, "the service made a mistake, which is logged under this x-request-id"};
}

HttpResponse try_again(const WireFormat& format, const Failure& failure) {
  HttpResponse response = write_failure(format, failure);
  if (!format.is_grpc()) response.fields.add("retry-after", "1");
  return response;
}

}  // namespace usermeta
