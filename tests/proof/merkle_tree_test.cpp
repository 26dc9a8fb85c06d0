#include "proof/merkle_tree.hpp"

#include <gmock/gmock.h>

#include "events/hex.hpp"
#include "proof/tiles.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string hex(const Digest& digest) {
  return to_hex(bytes_of(digest));
}

// The definition of RFC 6962, by recursion: another way than the program's.
Digest root_of(const std::vector<Digest>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return sha256("");
  if (end - begin == 1) return leaves[begin];
  std::size_t left = 1;
  while (2 * left < end - begin) left *= 2;
  return node_hash(root_of(leaves, begin, begin + left), root_of(leaves, begin + left, end));
}

std::vector<Digest> leaves(std::size_t count) {
  std::vector<Digest> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(leaf_hash("entry " + std::to_string(i)));
  return all;
}

// The entries that Certificate Transparency's own tests have, and the roots after each.
TEST(MerkleTree, Rfc6962TestVectors) {
  using namespace std::string_literals;
  const std::vector<std::string> entries{"",
                                         "\0"s,
                                         "\x10",
                                         "\x20\x21",
                                         "\x30\x31",
                                         "\x40\x41\x42\x43",
                                         "\x50\x51\x52\x53\x54\x55\x56\x57",
                                         "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  const std::vector<std::string> roots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                       "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                       "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                       "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                       "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                       "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                       "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                       "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  TreeEdge tree;
  EXPECT_EQ(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    tree.add(leaf_hash(entries[i]));
    EXPECT_EQ(hex(tree.root()), roots[i]) << i + 1;
    EXPECT_EQ(tree.size(), i + 1);
  }
}

TEST(MerkleTree, IsTheOneOfTheDefinitionAtEverySize) {
  const auto all = leaves(130);
  TreeEdge tree;
  for (std::size_t size = 0; size <= all.size(); ++size) {
    EXPECT_EQ(tree.root(), root_of(all, 0, size)) << size;
    if (size < all.size()) tree.add(all[size]);
  }
}

TEST(MerkleTree, AnyRunOfLeavesMayBeGivenAsItsSubtrees) {
  const auto all = leaves(23);
  for (std::size_t begin = 0; begin <= all.size(); ++begin)
    for (std::size_t end = begin; end <= all.size(); ++end) {
      TreeEdge tree;
      for (std::size_t i = 0; i < begin; ++i) tree.add(all[i]);
      std::size_t at = begin;
      for (const unsigned level : subtree_levels(begin, end)) {
        const std::size_t next = at + (std::size_t{1} << level);
        tree.add(level, root_of(all, at, next));
        at = next;
      }
      EXPECT_EQ(at, end);
      EXPECT_EQ(tree.size(), end);
      EXPECT_EQ(tree.root(), root_of(all, 0, end));
    }
}

TEST(MerkleTree, SubtreesAreAsLargeAsTheirPlaceAllows) {
  EXPECT_THAT(subtree_levels(0, 0), IsEmpty());
  EXPECT_THAT(subtree_levels(0, 7), ElementsAre(2, 1, 0));
  EXPECT_THAT(subtree_levels(1, 8), ElementsAre(0, 1, 2));
  EXPECT_THAT(subtree_levels(5, 13), ElementsAre(0, 1, 2, 0));
}

TEST(MerkleTree, ASubtreeThatBeginsWithinAnotherIsAMistake) {
  TreeEdge tree;
  tree.add(sha256("a"));
  EXPECT_THROW(tree.add(1, sha256("b")), std::logic_error);
}

}  // namespace
}  // namespace usermeta
