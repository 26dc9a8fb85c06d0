#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "events/digest.hpp"

namespace usermeta {

// Merkle tree hashes as RFC 6962 section 2.1 has them:
//
//   of an entry           SHA-256(0x00 | entry)
//   of two subtrees       SHA-256(0x01 | left | right)
//   of no entry at all    SHA-256()
Digest leaf_hash(std::string_view entry);
Digest node_hash(const Digest& left, const Digest& right);

// A tree that only grows: of its first leaves the perfect subtrees that they fall into, the largest first,
// which is all that its root and its further growth need. Seven leaves are a subtree of four, one of two and
// one leaf.
class TreeEdge {
 public:
  void add(const Digest& leaf) { add(0, leaf); }
  // A whole subtree of 2^level leaves at once, that begins where the tree ends; the tree must have a multiple
  // of as many.
  void add(unsigned level, Digest root);

  std::uint64_t size() const { return size_; }  // in leaves
  Digest root() const;
  const std::vector<Digest>& subtrees() const { return subtrees_; }

 private:
  std::vector<Digest> subtrees_;  // one for each bit of the size
  std::uint64_t size_ = 0;
};

// The levels of the perfect subtrees, in order, that the leaves from `begin` up to `end` fall into: each is
// as large as its place and the end allow.
std::vector<unsigned> subtree_levels(std::uint64_t begin, std::uint64_t end);

}  // namespace usermeta
