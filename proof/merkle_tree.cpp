#include "proof/merkle_tree.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

namespace usermeta {

Digest leaf_hash(std::string_view entry) {
  // Kept, so that a log's entries do not ask for memory each.
  thread_local std::string bytes;
  bytes.assign(1, '\0');
  bytes += entry;
  return sha256(bytes);
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<char, 1 + 2 * sizeof(Digest)> bytes;
  bytes[0] = '\1';
  std::memcpy(bytes.data() + 1, left.data(), left.size());
  std::memcpy(bytes.data() + 1 + left.size(), right.data(), right.size());
  return sha256({bytes.data(), bytes.size()});
}

void TreeEdge::add(unsigned level, Digest root) {
  if ((size_ & ((std::uint64_t{1} << level) - 1)) != 0)
    throw std::logic_error("a subtree does not begin in the middle of another");
  // As one adds in binary: two subtrees of a size are one of the next.
  for (; (size_ >> level & 1U) != 0; ++level) {
    root = node_hash(subtrees_.back(), root);
    subtrees_.pop_back();
    size_ -= std::uint64_t{1} << level;
  }
  subtrees_.push_back(root);
  size_ += std::uint64_t{1} << level;
}

Digest TreeEdge::root() const {
  if (subtrees_.empty()) return sha256({});
  Digest root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) root = node_hash(subtrees_[i], root);
  return root;
}

std::vector<unsigned> subtree_levels(std::uint64_t begin, std::uint64_t end) {
  std::vector<unsigned> levels;
  while (begin < end) {
    const auto fits = static_cast<unsigned>(std::bit_width(end - begin) - 1);
    const auto place = begin == 0 ? fits : static_cast<unsigned>(std::countr_zero(begin));
    levels.push_back(std::min(fits, place));
    begin += std::uint64_t{1} << levels.back();
  }
  return levels;
}

}  // namespace usermeta
