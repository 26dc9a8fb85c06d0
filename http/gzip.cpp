#include "http/gzip.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <zlib.h>

#include "http/message.hpp"

namespace usermeta {
namespace {

constexpr int kGzipOnly = 15 + 16;  // the largest window, and neither zlib's nor a bare deflate's form

// zlib's streams take a pointer to bytes that they do not change.
Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

std::variant<std::string, GunzipFailure> gunzip(std::string_view bytes, std::size_t limit) {
  if (bytes.empty()) return std::string();
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, &inflateEnd);
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END) return GunzipFailure::malformed;
    out.append(piece.data(), piece.size() - stream.avail_out);
    if (out.size() > limit) return GunzipFailure::too_large;
    if (result != Z_STREAM_END) continue;
    if (stream.avail_in == 0) return out;
    inflateReset(&stream);
  }
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int memory = 8;  // zlib's own default
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipOnly, memory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, &deflateEnd);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  // The bound is a promise: one call ends it.
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::bad_alloc();
  out.resize(stream.total_out);
  return out;
}

bool takes_gzip(std::optional<std::string_view> accepted) {
  std::string_view rest = accepted.value_or(std::string_view());
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view entry = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const std::size_t semicolon = std::min(entry.find(';'), entry.size());
    if (!equals_ignoring_case(trim(entry.substr(0, semicolon)), "gzip")) continue;
    const std::string_view weight = entry.substr(semicolon);
    const std::size_t q = weight.find("q=");
    return q == std::string_view::npos ||
           weight.substr(q).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

}  // namespace usermeta
