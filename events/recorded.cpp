#include "events/recorded.hpp"

#include <algorithm>

#include "events/digest.hpp"

namespace usermeta {

// projections/value_erasure.cpp has the same in SQL.
Salt salt_of_erased(const Salt& salt) {
  const Digest digest = sha256({reinterpret_cast<const char*>(salt.data()), salt.size()});
  Salt left{};
  std::copy_n(digest.begin(), left.size(), left.begin());
  return left;
}

}  // namespace usermeta
