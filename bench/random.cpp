#include "bench/random.hpp"

#include <string>

#include "events/base64.hpp"

namespace usermeta::bench {

Values::Values() {
  Random random;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    for (char& c : texts_[i]) c = static_cast<char>('a' + random.below(26));
    to_base64({texts_[i].data(), texts_[i].size()}).copy(base64_[i].data(), base64_[i].size());
  }
}

}  // namespace usermeta::bench
