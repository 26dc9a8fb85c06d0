#include "cli/audit_url.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/system/system_error.hpp>

#include "cli/http_client.hpp"
#include "proof/audit_export.hpp"
#include "proof/tiles.hpp"

namespace usermeta {
namespace {

constexpr const char* kPrefix = "/audit/";

using OnProgress = std::function<void(Position done, Position of)>;

// The service, as its transparency log is asked for. Whatever is wrong names the URL.
class LogClient {
 public:
  LogClient(const std::string& url, const std::string& token) : url_(url), http_(url, {.token = token}) {}

  std::string get(const std::string& path) {
    auto body = find(path);
    if (!body) throw std::runtime_error(url_ + kPrefix + path + ": there is nothing");
    return *std::move(body);
  }
  // Nothing where the service has nothing.
  std::optional<std::string> find(const std::string& path) {
    const std::string url = url_ + kPrefix + path;
    HttpClient::Answer answer;
    try {
      answer = http_.get(kPrefix + path);
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error(url + ": " + error.code().message());
    }
    if (answer.status == 404) return std::nullopt;
    if (answer.status != 200) throw std::runtime_error(url + ": status " + std::to_string(answer.status));
    return std::move(answer.body);
  }

 private:
  std::string url_;
  HttpClient http_;
};

// The service has signed more than it has.
class Lost : public std::exception {
 public:
  explicit Lost(Position position) : position_(position) {}
  const char* what() const noexcept override { return "what was signed is not there"; }
  Position position() const { return position_; }

 private:
  Position position_;
};

// The first of a tile or bundle that the service has not got.
Position first_lost(LogClient& log, const TilePath& path) {
  unsigned there = 0;
  for (unsigned lost = path.width; lost - there > 1;) {
    const unsigned width = there + (lost - there) / 2;
    const bool found = log.find(to_text({path.level, path.index, width})).has_value();
    (found ? there : lost) = width;
  }
  // Where there never was anything it may be somebody else who says so.
  if (there == 0 && path.index == 0)
    throw std::runtime_error("the service has nothing at " + to_text(path) + ", which it has signed");
  return static_cast<Position>(path.index * kTileWidth + there + 1);
}

// The bytes of a tile or bundle of a log of that size.
std::string get(LogClient& log, std::optional<unsigned> level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t left = size - index * kTileWidth;
  const TilePath path{level, index, static_cast<unsigned>(std::min<std::uint64_t>(left, kTileWidth))};
  auto bytes = log.find(to_text(path));
  if (!bytes) throw Lost(first_lost(log, path));
  if (level && bytes->size() != path.width * sizeof(Digest))
    throw std::runtime_error(to_text(path) + " has another number of hashes");
  return *std::move(bytes);
}

// What an old checkpoint must have been, when only hashes are known.
std::optional<Difference> check_hashes(const TreeEdge& tree, const std::vector<Checkpoint>& checkpoints) {
  for (const Checkpoint& checkpoint : checkpoints)
    if (checkpoint.size == tree.size() && checkpoint.root != tree.root())
      return Difference{1, "one of the hashes up to position " + std::to_string(checkpoint.size) +
                               " is not what was signed"};
  return std::nullopt;
}

std::optional<Difference> add_entries(LogCheck& check, const std::string& bundle, const std::string& hashes) {
  const auto next = static_cast<Position>(check.tree().size()) + 1;
  const auto entries = entries_in(bundle);
  if (!entries || entries->size() * sizeof(Digest) != hashes.size())
    return Difference{next, "the bundle that begins here has not its entries"};
  for (std::size_t at = 0; at < entries->size(); ++at) {
    auto evidence = parse_entry((*entries)[at]);
    const Digest leaf = hash_in(hashes, at);
    if (!evidence || leaf_hash((*entries)[at]) != leaf)
      return Difference{next + static_cast<Position>(at),
                        "the entry is not the one that was put into the tree"};
    evidence->leaf = leaf;
    if (auto difference = check.add(*evidence)) return difference;
  }
  return std::nullopt;
}

// The log's hashes alone.
std::optional<Difference> check_tiles(LogClient& log, const Checkpoint& checkpoint,
                                      const std::vector<Checkpoint>& checkpoints,
                                      const OnProgress& progress) {
  TreeEdge tree;
  while (tree.size() < checkpoint.size) {
    progress(static_cast<Position>(tree.size()), static_cast<Position>(checkpoint.size));
    const std::string hashes = get(log, 0, tree.size() / kTileWidth, checkpoint.size);
    for (std::size_t at = 0; at < hashes.size() / sizeof(Digest); ++at) {
      tree.add(hash_in(hashes, at));
      if (auto difference = check_hashes(tree, checkpoints)) return difference;
    }
  }
  return std::nullopt;
}

std::optional<Difference> check_entries(LogClient& log, const Checkpoint& checkpoint,
                                        const std::vector<Checkpoint>& checkpoints,
                                        const OnProgress& progress) {
  LogCheck check(checkpoint.origin, {});
  for (const Checkpoint& one : checkpoints) check.expect(one);
  while (check.tree().size() < checkpoint.size) {
    const std::uint64_t index = check.tree().size() / kTileWidth;
    progress(static_cast<Position>(check.tree().size()), static_cast<Position>(checkpoint.size));
    const std::string hashes = get(log, 0, index, checkpoint.size);
    const std::string bundle = get(log, std::nullopt, index, checkpoint.size);
    if (auto difference = add_entries(check, bundle, hashes)) return difference;
  }
  return std::nullopt;
}

}  // namespace

std::string note_at(const LogUrl& log) {
  return LogClient(log.url, {}).get("checkpoint");
}

Verdict verify_url(const LogUrl& log, const std::string& note, const VerifierKey& key,
                   const std::vector<Checkpoint>& old,
                   const std::function<void(Position, Position)>& progress) {
  const Checkpoint checkpoint = signed_checkpoint(note, key, "the checkpoint of " + log.url);
  std::vector<Checkpoint> checkpoints = old;
  checkpoints.push_back(checkpoint);
  std::ranges::stable_sort(checkpoints, {}, &Checkpoint::size);
  const auto size = static_cast<Position>(checkpoint.size);
  const std::uint64_t largest = checkpoints.back().size;
  Verdict verdict;
  verdict.checkpoint = checkpoint;
  verdict.entries = !log.token.empty();
  verdict.end = size;
  if (largest > checkpoint.size) {
    verdict.difference = Difference{
        size + 1, "the log ends before it, but was signed up to position " + std::to_string(largest)};
    return verdict;
  }
  LogClient client(log.url, log.token);
  try {
    verdict.difference = log.token.empty() ? check_tiles(client, checkpoint, checkpoints, progress)
                                           : check_entries(client, checkpoint, checkpoints, progress);
  } catch (const Lost& lost) {
    verdict.difference = Difference{lost.position(), "the service has signed up to position " +
                                                         std::to_string(size) + ", but has this one no more"};
  }
  progress(size, size);
  return verdict;
}

}  // namespace usermeta
