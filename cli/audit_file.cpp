#include "cli/audit_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include "proof/audit_export.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr Position kChunk = 4096;  // lines

class ExportFile {
 public:
  explicit ExportFile(const std::string& name) : name_(name), stream_(name) {
    std::string line;
    if (!stream_ || !std::getline(stream_, line))
      throw std::runtime_error(name + " cannot be read: " + std::strerror(errno));
    const auto header = parse_export_header(line);
    if (!header) throw std::runtime_error(name + " does not begin as an export of the log does");
    header_ = *header;
  }
  const ExportHeader& header() const { return header_; }
  bool next(std::string& line) { return static_cast<bool>(std::getline(stream_, line)); }

 private:
  std::string name_;
  std::ifstream stream_;
  ExportHeader header_;
};

TreeEdge tree_before(const ExportHeader& header) {
  const auto levels = subtree_levels(0, static_cast<std::uint64_t>(header.from) - 1);
  if (levels.size() != header.before.size())
    throw std::runtime_error("the header has not what is before position " + std::to_string(header.from));
  TreeEdge tree;
  for (std::size_t i = 0; i < levels.size(); ++i) tree.add(levels[i], header.before[i]);
  return tree;
}

// Whether what is before, in and behind the file is what was signed.
std::optional<Difference> check_whole(const ExportHeader& header, const Checkpoint& checkpoint,
                                      TreeEdge tree) {
  const auto levels = subtree_levels(tree.size(), checkpoint.size);
  bool good = levels.size() == header.after.size();
  for (std::size_t i = 0; good && i < levels.size(); ++i) tree.add(levels[i], header.after[i]);
  good = good && tree.root() == checkpoint.root;
  if (good) return std::nullopt;
  return Difference{header.from, "one of the events from here to position " + std::to_string(header.until) +
                                     ", or what the header has of the others, is not what was signed"};
}

// What a part of the log cannot tell.
std::optional<Difference> check_old(const ExportHeader& header, const Checkpoint& checkpoint,
                                    const Checkpoint& old, LogCheck& check) {
  const auto size = static_cast<Position>(old.size);
  if (old.size > checkpoint.size)
    return Difference{static_cast<Position>(checkpoint.size) + 1,
                      "the log ends before it, but was signed up to position " + std::to_string(size)};
  const auto begin = header.from - 1;
  if (size < begin || (size > header.until && old.size != checkpoint.size))
    throw std::runtime_error("the old checkpoint is of position " + std::to_string(size) +
                             ", and the file has positions " + std::to_string(header.from) + " to " +
                             std::to_string(header.until) + ": export what is around it as well");
  const bool same = size == begin ? check.tree().root() == old.root : old.root == checkpoint.root;
  if (size > begin && size <= header.until)
    check.expect(old);
  else if (!same)
    return Difference{
        1, "what is before position " + std::to_string(size + 1) + " is not what the old checkpoint has"};
  return std::nullopt;
}

using Chunk = std::vector<std::optional<Evidence>>;

// The next lines of the file; nothing for a line that is none. Fewer than were asked for: the file ends.
Chunk read_on(ExportFile& file, Position lines, const std::string& instance) {
  Chunk chunk;
  std::string line;
  for (Position i = 0; i < lines && file.next(line); ++i) chunk.push_back(parse_export_line(line, instance));
  return chunk;
}

std::optional<Difference> check_chunk(const Chunk& chunk, Position position, LogCheck& check) {
  for (const auto& evidence : chunk) {
    if (!evidence) return Difference{position, "the line is not as an export of the event has it"};
    if (auto difference = check.add(*evidence)) return difference;
    ++position;
  }
  return std::nullopt;
}

std::optional<Difference> check_lines(ExportFile& file, LogCheck& check,
                                      const std::function<void(Position, Position)>& progress) {
  const ExportHeader& header = file.header();
  const Position of = header.until - header.from + 1;
  const std::string instance = check.instance();
  // Lines are read while those before are checked, by one thread for all chunks: what a thread has allocated
  // changes hands at its end.
  asio::thread_pool reading(1);
  const auto read_from = [&](Position next) {
    const Position lines = std::min(kChunk, header.until - next + 1);
    return asio::post(reading, asio::use_future([&, lines] { return read_on(file, lines, instance); }));
  };
  std::future<Chunk> coming = read_from(header.from);
  for (Position next = header.from; next <= header.until;) {
    progress(next - header.from, of);
    const Chunk chunk = coming.get();
    const Position behind = next + static_cast<Position>(chunk.size());
    if (!chunk.empty() && behind <= header.until) coming = read_from(behind);
    if (auto difference = check_chunk(chunk, next, check)) return difference;
    if (chunk.empty()) return Difference{next, "the file ends before it"};
    next = behind;
  }
  progress(of, of);
  return std::nullopt;
}

}  // namespace

std::string note_of_export(const std::string& file) {
  return ExportFile(file).header().note;
}

Verdict verify_export(const std::string& name, const VerifierKey& key, const std::vector<Checkpoint>& old,
                      const std::function<void(Position, Position)>& progress) {
  ExportFile file(name);
  const ExportHeader& header = file.header();
  Verdict verdict;
  const Checkpoint checkpoint = signed_checkpoint(header.note, key, "the file's checkpoint");
  verdict.checkpoint = checkpoint;
  if (checkpoint.size < static_cast<std::uint64_t>(header.until))
    throw std::runtime_error("the file has more than its checkpoint");
  LogCheck check(checkpoint.origin, tree_before(header));
  for (const Checkpoint& one : old)
    if ((verdict.difference = check_old(header, checkpoint, one, check))) return verdict;
  verdict.difference = check_lines(file, check, progress);
  if (verdict.difference) return verdict;
  verdict.end = header.until;
  verdict.erased = check.erased();
  verdict.unasked = check.unasked();
  verdict.difference = check.end(false);
  if (!verdict.difference) verdict.difference = check_whole(header, checkpoint, check.tree());
  std::string line;
  if (!verdict.difference && file.next(line))
    verdict.difference = Difference{header.until + 1, "the file goes on behind its end"};
  return verdict;
}

}  // namespace usermeta
