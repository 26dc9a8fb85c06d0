#include "fuzz/fuzz.hpp"
#include "http/token.hpp"

using namespace usermeta;

// The authorization field.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field = fuzz::text(data, size);
  const auto token = bearer_token(field);
  if (token) {
    fuzz::check(field.ends_with(*token) && field.size() == token->size() + 7, "the token is the field's end");
    fuzz::check(!token->empty() && token->find(' ') == std::string_view::npos, "a token has no space");
    if (looks_like_token(*token)) fuzz::check(token->size() == 49, "ours have one length");
  }
  const bool is_token = !field.empty() && field.find(' ') == std::string_view::npos;
  const std::string made = "Bearer " + std::string(field);
  fuzz::check(bearer_token(made) == (is_token ? std::optional(field) : std::nullopt), "any token is found");
  fuzz::check(hash_of_token(field) == hash_of_token(std::string(field)), "a hash is of the text alone");
  return 0;
}
