#pragma once

#include "http/failure.hpp"
#include "http/wire_format.hpp"

namespace usermeta {

// What the service says when it is not a rule that says no.

Failure unavailable();
Failure too_late();
// The operator finds it by the answer's x-request-id.
Failure mistake();

// The answer for a failure that may be over in a second.
HttpResponse try_again(const WireFormat& format, const Failure& failure);

}  // namespace usermeta
