#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proof/merkle_tree.hpp"

namespace usermeta {

// The tree in pieces of 256 hashes, as C2SP's tlog-tiles has them: tile n of level l is
//
//   hash of leaves [n * 256^(l+1), ...)  32 | hash of the next 256^l leaves  32 | ... 256 of them at most
//
// so a hash of level l + 1 is the root of a whole tile of level l. The last tile of a level may be narrower.
inline constexpr unsigned kTileWidth = 256;

// One tile, or one bundle of entries, as a path names it:
//
//   tile/0/x001/x234/067           index 1234067 of level 0
//   tile/1/003.p/17                the first 17 hashes of index 3
//   tile/entries/000.p/5           the first 5 entries
struct TilePath {
  std::optional<unsigned> level;  // none: the entries
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // 1 to 256

  friend bool operator==(const TilePath&, const TilePath&) = default;
};
std::string to_text(const TilePath& path);
// Nothing for what is no such path, or is written in any other way than to_text() does.
std::optional<TilePath> parse_tile_path(std::string_view text);

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::string hashes;  // one after the other
};

Digest hash_in(std::string_view hashes, std::size_t place);
std::string_view bytes_of(const Digest& hash);
// The root of a tile, whole or not.
Digest tile_root(std::string_view hashes);

// The last tile of each level of a tree of that size, as far as it is not whole, from level 0 on: what its
// root and its growth need.
std::vector<TilePath> edge_tiles(std::uint64_t size);

// A tree that grows, and that gives the tiles which have changed.
class TiledTree {
 public:
  TiledTree() = default;
  // One of that size; `edge`: the hashes of each of edge_tiles(size), or more of them. Throws
  // std::invalid_argument when they are fewer.
  TiledTree(std::uint64_t size, std::span<const std::string> edge);

  void add(const Digest& leaf);
  std::uint64_t size() const { return size_; }
  Digest root() const;

  // The tiles that have become wider since the last call, and what they hold now.
  std::vector<Tile> take_changed();

 private:
  struct Level {
    std::string hashes;  // of its last tile, 255 at most
    bool changed = false;
  };
  void add(unsigned level, const Digest& hash);

  std::vector<Level> levels_;
  std::vector<Tile> whole_;  // since the last call
  std::uint64_t size_ = 0;
};

// Appends an entry to a bundle: its length, 2 bytes, big-endian, and then itself. It has kLongestEntry bytes
// at most.
inline constexpr std::size_t kLongestEntry = 65'535;
void append_entry(std::string& bundle, std::string_view entry);
// The entries of a bundle; nothing when its bytes are no such.
std::optional<std::vector<std::string_view>> entries_in(std::string_view bundle);

}  // namespace usermeta
