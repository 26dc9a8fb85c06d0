#include "proof/tiles.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace usermeta {
namespace {

constexpr std::size_t kHash = sizeof(Digest);
constexpr unsigned kLevelBits = 8;
constexpr unsigned kLevels = 64;

// "x001/x234/067"
std::string index_text(std::uint64_t index) {
  constexpr std::size_t kGroup = 3;
  std::string digits = std::to_string(index);
  digits.insert(0, (kGroup - digits.size() % kGroup) % kGroup, '0');
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += kGroup) {
    const bool last = at + kGroup == digits.size();
    text += (last ? "" : "x") + digits.substr(at, kGroup) + (last ? "" : "/");
  }
  return text;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_index(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != 'x' && c != '/') digits += c;
  return parse_number<std::uint64_t>(digits);
}

// The text up to `end`, which is taken off together with it.
std::string_view take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + end.size());
  return part;
}

}  // namespace

std::string to_text(const TilePath& path) {
  std::string text = "tile/" + (path.level ? std::to_string(*path.level) : "entries") + "/";
  text += index_text(path.index);
  if (path.width < kTileWidth) text += ".p/" + std::to_string(path.width);
  return text;
}

std::optional<TilePath> parse_tile_path(std::string_view text) {
  TilePath path;
  std::string_view rest = text;
  if (take_until(rest, "/") != "tile") return std::nullopt;
  const std::string_view level = take_until(rest, "/");
  if (level != "entries") {
    path.level = parse_number<unsigned>(level);
    if (!path.level || *path.level >= kLevels) return std::nullopt;
  }
  const auto index = parse_index(take_until(rest, ".p/"));
  const auto width = rest.empty() ? kTileWidth : parse_number<unsigned>(rest);
  if (!index || !width || *width < 1 || *width > kTileWidth) return std::nullopt;
  path.index = *index;
  path.width = *width;
  if (to_text(path) != text) return std::nullopt;
  return path;
}

Digest hash_in(std::string_view hashes, std::size_t place) {
  Digest hash;
  std::memcpy(hash.data(), hashes.substr(place * kHash, kHash).data(), kHash);
  return hash;
}

std::string_view bytes_of(const Digest& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Digest tile_root(std::string_view hashes) {
  TreeEdge edge;
  for (std::size_t place = 0; place < hashes.size() / kHash; ++place) edge.add(hash_in(hashes, place));
  return edge.root();
}

std::vector<TilePath> edge_tiles(std::uint64_t size) {
  std::vector<TilePath> tiles;
  for (unsigned level = 0; size > 0; ++level, size >>= kLevelBits)
    if (size % kTileWidth != 0)
      tiles.push_back({level, size / kTileWidth, static_cast<unsigned>(size % kTileWidth)});
  return tiles;
}

TiledTree::TiledTree(std::uint64_t size, std::span<const std::string> edge) : size_(size) {
  const auto tiles = edge_tiles(size);
  if (edge.size() != tiles.size()) throw std::invalid_argument("a tree's edge has another number of tiles");
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::size_t bytes = tiles[i].width * kHash;
    if (edge[i].size() < bytes) throw std::invalid_argument("a tile of a tree's edge is too narrow");
    levels_.resize(*tiles[i].level + 1);
    levels_.back().hashes = edge[i].substr(0, bytes);
  }
}

void TiledTree::add(const Digest& leaf) {
  add(0, leaf);
  ++size_;
}

void TiledTree::add(unsigned level, const Digest& hash) {
  if (level == levels_.size()) levels_.emplace_back();
  std::string& hashes = levels_[level].hashes;
  hashes += bytes_of(hash);
  levels_[level].changed = true;
  if (hashes.size() < kTileWidth * kHash) return;
  const std::uint64_t index = size_ >> kLevelBits * (level + 1);  // the leaf is not counted yet
  const Digest root = tile_root(hashes);
  whole_.push_back({level, index, std::move(hashes)});
  levels_[level] = {};
  add(level + 1, root);
}

Digest TiledTree::root() const {
  TreeEdge edge;
  for (std::size_t level = levels_.size(); level-- > 0;)
    for (std::size_t place = 0; place < levels_[level].hashes.size() / kHash; ++place)
      edge.add(static_cast<unsigned>(level) * kLevelBits, hash_in(levels_[level].hashes, place));
  return edge.root();
}

std::vector<Tile> TiledTree::take_changed() {
  std::vector<Tile> changed = std::move(whole_);
  whole_.clear();
  for (unsigned level = 0; level < levels_.size(); ++level) {
    Level& last = levels_[level];
    if (last.changed && !last.hashes.empty())
      changed.push_back({level, size_ >> kLevelBits * (level + 1), last.hashes});
    last.changed = false;
  }
  return changed;
}

void append_entry(std::string& bundle, std::string_view entry) {
  if (entry.size() > kLongestEntry) throw std::length_error("an entry of the log is too long");
  bundle += static_cast<char>(entry.size() >> 8U);
  bundle += static_cast<char>(entry.size() & 0xFFU);
  bundle += entry;
}

std::optional<std::vector<std::string_view>> entries_in(std::string_view bundle) {
  std::vector<std::string_view> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2) return std::nullopt;
    const auto byte = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(bundle[at]));
    };
    const std::size_t length = byte(0) << 8U | byte(1);
    if (bundle.size() - 2 < length) return std::nullopt;
    entries.push_back(bundle.substr(2, length));
    bundle.remove_prefix(2 + length);
  }
  return entries;
}

}  // namespace usermeta
