#include "fuzz/fuzz.hpp"
#include "proof/checkpoint.hpp"
#include "proof/signed_note.hpp"
#include "proof/tiles.hpp"

using namespace usermeta;

// What verifiers are given: a tile's path, a bundle of entries, a signed note, a checkpoint, a key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text(data, size);
  if (const auto path = parse_tile_path(input)) fuzz::check(to_text(*path) == input, "a path has one form");
  if (const auto key = parse_verifier_key(input)) fuzz::check(to_text(*key) == input, "a key has one form");
  if (const auto entries = entries_in(input)) {
    std::string again;
    for (const std::string_view entry : *entries) append_entry(again, entry);
    fuzz::check(again == input, "a bundle has one form");
  }
  const auto text = text_of_note(input);
  if (text) fuzz::check(input.starts_with(*text) && text->ends_with('\n'), "a note begins with its text");
  fuzz::check(!open_note(input, {"a", std::string(32, '\1')}), "nobody has signed this");
  if (const auto checkpoint = parse_checkpoint(input))
    fuzz::check(parse_checkpoint(to_text(*checkpoint)) == checkpoint,
                "a checkpoint is read as it is written");
  return 0;
}
