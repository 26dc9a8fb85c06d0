#pragma once

#include <nghttp2/nghttp2.h>
#include <string_view>

namespace usermeta {

// A field as nghttp2 takes it. Both texts must live until the call that it is made for returns; nghttp2
// copies them, and changes nothing though it asks for pointers that would let it.
inline nghttp2_nv http2_field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace usermeta
