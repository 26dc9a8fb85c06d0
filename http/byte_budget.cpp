#include "http/byte_budget.hpp"

namespace usermeta {

bool ByteBudget::Share::grow_to(std::size_t bytes) {
  if (bytes <= held_) return true;
  const std::size_t more = bytes - held_;
  std::size_t used = budget_.used_.load();
  do {
    if (used + more > budget_.bound_) return false;
  } while (!budget_.used_.compare_exchange_weak(used, used + more));
  held_ = bytes;
  return true;
}

void ByteBudget::Share::release() {
  budget_.used_ -= held_;
  held_ = 0;
}

}  // namespace usermeta
