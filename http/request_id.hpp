#pragma once

#include <string>

namespace usermeta {

// A name for a request that brought none: 13 letters and digits, 64 random bits. It is no secret, and no two
// requests have the same. Short enough for std::string to hold without memory of its own, for it is copied to
// where the request goes. Any thread; throws std::runtime_error when the system gives no random numbers.
std::string new_request_id();

}  // namespace usermeta
