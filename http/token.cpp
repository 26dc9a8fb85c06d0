#include "http/token.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/rand.h>

#include "events/base64.hpp"
#include "http/message.hpp"

namespace usermeta {
namespace {

constexpr std::string_view kPrefix = "umpat_";
constexpr std::size_t kCharacters = 43;

}  // namespace

std::string new_token() {
  std::array<char, 32> random;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1)
    throw std::runtime_error("no random numbers for a token");
  std::string text = to_base64({random.data(), random.size()});
  text.resize(kCharacters);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return std::string(kPrefix) + text;
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return std::nullopt;
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const std::string_view token = authorization.substr(kScheme.size());
  if (token.find(' ') != std::string_view::npos) return std::nullopt;
  return token;
}

bool looks_like_token(std::string_view token) {
  return token.starts_with(kPrefix) && token.size() == kPrefix.size() + kCharacters;
}

Digest hash_of_token(std::string_view token) {
  return sha256(token);
}

}  // namespace usermeta
