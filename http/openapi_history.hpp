#pragma once

#include <span>

#include "http/openapi_calls.hpp"

namespace usermeta {

// The rows of openapi_calls on usermeta.v1.HistoryService.
std::span<const CallText> history_call_texts();

}  // namespace usermeta
