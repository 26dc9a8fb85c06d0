#include "store/outage.hpp"

#include "events/event.hpp"

namespace usermeta {

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  }
}

bool is_unreadable(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const UnreadableEvent&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace usermeta
