#include "proof/tiles.hpp"

#include <map>

#include <gmock/gmock.h>

#include "events/base64.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string name(const Tile& tile) {
  const auto width = static_cast<unsigned>(tile.hashes.size() / sizeof(Digest));
  return to_text(TilePath{tile.level, tile.index, width});
}

std::vector<std::string> names(const std::vector<Tile>& tiles) {
  std::vector<std::string> all;
  all.reserve(tiles.size());
  for (const Tile& tile : tiles) all.push_back(name(tile));
  return all;
}

Digest leaf(std::size_t number) {
  return leaf_hash("entry " + std::to_string(number));
}

void grow(TiledTree& tree, std::size_t size) {
  for (std::size_t i = tree.size(); i < size; ++i) tree.add(leaf(i));
}

// Those of the specification, and what is none.
TEST(TilePath, IsWrittenInOneWay) {
  for (const auto& [text, path] : std::map<std::string, TilePath>{
           {"tile/0/000", {0, 0}},
           {"tile/0/x001/x234/067", {0, 1234067}},
           {"tile/1/003.p/17", {1, 3, 17}},
           {"tile/63/999.p/255", {63, 999, 255}},
           {"tile/entries/x001/000", {std::nullopt, 1000}},
           {"tile/entries/000.p/1", {std::nullopt, 0, 1}},
           {"tile/0/x018/x446/x744/x073/x709/x551/615", {0, UINT64_MAX}},
       }) {
    EXPECT_EQ(to_text(path), text);
    EXPECT_EQ(parse_tile_path(text), path) << text;
  }
  for (const char* text : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/x/000",
                           "tile//000",
                           "tile/0/x000/001",
                           "tile/0/001/002",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/1x0",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "tile/0/000.p",
                           "tile/0/000/",
                           "/tile/0/000",
                           "tile/entry/000",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/0/000.p/1.p/1",
                           "tile/8/0/000"})
    EXPECT_FALSE(parse_tile_path(text)) << text;
}

// The roots are those that golang.org/x/mod/sumdb/tlog has made of the same entries.
TEST(TiledTree, HasTheRootsOfAnotherProgram) {
  const std::map<std::size_t, std::string> roots{{1, "dziFphNIniTOLPdhmdakI/BC5LvxLX7s7pEu8nbGVwE="},
                                                 {2, "WkdmL9ijF9lgSaP59HxV3GfKZgUbqjaD27GbL+CaB7A="},
                                                 {3, "lPvQ3YNvUDAWkubQ6t5yjuGexSv/8WBu2AfIV11aqhk="},
                                                 {7, "mMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc="},
                                                 {255, "z2Z5PmMp3/JC6zzuCm82rT46GW3MVzoex3XhAr6GPxw="},
                                                 {256, "2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4="},
                                                 {257, "XB/f6DU1gCLyOS3keNvgU/wTDP4dOggoeakM9r8Uv34="},
                                                 {1000, "NGxrnLicS3b6ydyyDNqG46AcCldBfBOQKOrNRTj96Vs="},
                                                 {65536, "B7Gjd5YKThLjNI1ukymuYxapWwL7HCLpCSMbOqRIYac="},
                                                 {70000, "o5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao="}};
  TiledTree tree;
  for (const auto& [size, root] : roots) {
    grow(tree, size);
    EXPECT_EQ(to_base64(bytes_of(tree.root())), root) << size;
  }
}

// The example of the specification: 70,000 entries.
TEST(TiledTree, GivesTheTilesOfItsSize) {
  TiledTree tree;
  grow(tree, 70'000);
  std::map<unsigned, std::size_t> whole;
  std::vector<std::string> narrow;
  for (const Tile& tile : tree.take_changed())
    if (tile.hashes.size() == kTileWidth * sizeof(Digest))
      ++whole[tile.level];
    else
      narrow.push_back(name(tile));
  EXPECT_EQ(whole, (std::map<unsigned, std::size_t>{{0, 273}, {1, 1}}));
  EXPECT_THAT(narrow, ElementsAre("tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"));
  std::vector<std::string> edge;
  for (const TilePath& path : edge_tiles(70'000)) edge.push_back(to_text(path));
  EXPECT_EQ(edge, narrow);
}

TEST(TiledTree, GivesOnlyWhatHasChanged) {
  TiledTree tree;
  EXPECT_THAT(tree.take_changed(), IsEmpty());
  grow(tree, 255);
  EXPECT_THAT(names(tree.take_changed()), ElementsAre("tile/0/000.p/255"));
  EXPECT_THAT(tree.take_changed(), IsEmpty());
  grow(tree, 256);
  EXPECT_THAT(names(tree.take_changed()), ElementsAre("tile/0/000", "tile/1/000.p/1"));
  grow(tree, 257);
  EXPECT_THAT(names(tree.take_changed()), ElementsAre("tile/0/001.p/1"));
}

TEST(TiledTree, GoesOnFromItsEdge) {
  TiledTree tree;
  std::map<std::string, std::string> kept;  // by the path of a whole tile, as they are now
  for (const std::size_t size : {0, 1, 255, 256, 300, 511, 512, 1000, 66'000}) {
    grow(tree, size);
    for (const Tile& tile : tree.take_changed())
      kept[to_text(TilePath{tile.level, tile.index})] = tile.hashes;
    std::vector<std::string> edge;
    for (const TilePath& path : edge_tiles(size))
      edge.push_back(kept[to_text(TilePath{path.level, path.index})]);
    TiledTree again(size, edge);
    EXPECT_EQ(again.root(), tree.root()) << size;
    EXPECT_THAT(again.take_changed(), IsEmpty());
    TiledTree further = tree;
    grow(further, size + 3);
    grow(again, size + 3);
    EXPECT_EQ(again.root(), further.root()) << size;
    EXPECT_EQ(names(again.take_changed()), names(further.take_changed())) << size;
  }
}

// A tile that has grown since holds what it held before.
TEST(TiledTree, AnEarlierSizeIsReadFromLaterTiles) {
  TiledTree before, after;
  grow(before, 70);
  grow(after, 90);
  const std::vector<std::string> edge{after.take_changed().front().hashes};
  EXPECT_EQ(TiledTree(70, edge).root(), before.root());
  EXPECT_THROW(TiledTree(91, edge), std::invalid_argument);
  EXPECT_THROW(TiledTree(257, edge), std::invalid_argument);
}

TEST(EntryBundle, HasLengthsBeforeItsEntries) {
  const std::string longest(kLongestEntry, 'x');
  std::string bundle;
  append_entry(bundle, "ab");
  append_entry(bundle, "");
  EXPECT_EQ(bundle, std::string("\0\2ab\0\0", 6));
  append_entry(bundle, longest);
  EXPECT_EQ(bundle.substr(6, 3), "\xff\xffx");
  EXPECT_THAT(*entries_in(bundle), ElementsAre("ab", "", longest));
  EXPECT_THROW(append_entry(bundle, longest + "x"), std::length_error);
  EXPECT_FALSE(entries_in(std::string("\0", 1)));
  EXPECT_FALSE(entries_in(std::string("\0\2a", 3)));
  EXPECT_THAT(*entries_in(""), IsEmpty());
}

}  // namespace
}  // namespace usermeta
