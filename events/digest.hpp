#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace usermeta {

// SHA-256 (FIPS 180-4).
using Digest = std::array<std::byte, 32>;

Digest sha256(std::string_view bytes);

// Equal or not, in a time that does not depend on where they differ.
bool equal_in_constant_time(const Digest& a, const Digest& b);

}  // namespace usermeta
