#include "cli/rebuild_report.hpp"

#include <cstdio>

#include "cli/shown_text.hpp"

namespace usermeta {
namespace {

constexpr std::size_t kDigestShown = 16;  // hexadecimal digits

std::string sum_text(const TableSum& sum) {
  char checksum[17];
  std::snprintf(checksum, sizeof checksum, "%016lx", static_cast<unsigned long>(sum.checksum));
  return std::to_string(sum.rows) + " rows, checksum " + checksum;
}

std::string row_text(const std::optional<RowDifference::Row>& row) {
  if (!row) return "nothing";
  return "sequence " + std::to_string(row->sequence) + ", SHA-256 " +
         row->value_digest.substr(0, kDigestShown);
}

std::string difference_line(const RowDifference& difference) {
  const auto& [user, key, in_use, rebuilt] = difference;
  std::string line = "  user " + shown(user) + ", key " + shown(key) + ": in use " + row_text(in_use) +
                     "; rebuilt " + row_text(rebuilt);
  const bool same = in_use && rebuilt && in_use->sequence == rebuilt->sequence &&
                    in_use->value_digest == rebuilt->value_digest;
  if (same) line += " (of another owner or date)";
  return line + "\n";
}

std::string comparison_text(const RebuildComparison& comparison) {
  std::string text = "compared at position " + std::to_string(comparison.position) + "\n  in use  " +
                     sum_text(comparison.in_use) + "\n  rebuilt " + sum_text(comparison.rebuilt) + "\n";
  if (comparison.users_left_out > 0)
    text +=
        "  without the users that have changed since: " + std::to_string(comparison.users_left_out) + "\n";
  text += "keys that differ: " + std::to_string(comparison.different) + "\n";
  for (const RowDifference& difference : comparison.first) text += difference_line(difference);
  const auto more = comparison.different - static_cast<std::int64_t>(comparison.first.size());
  if (more > 0) text += "  and " + std::to_string(more) + " more\n";
  return text;
}

}  // namespace

std::string rebuild_report(const Rebuilt& rebuilt, bool dry_run) {
  std::string text = rebuilt.comparison ? comparison_text(*rebuilt.comparison)
                                        : "not compared: the table in use is " +
                                              std::to_string(rebuilt.behind) + " events behind\n";
  const std::string position = std::to_string(rebuilt.position);
  if (dry_run) return text + "nothing was changed; a rebuild would go up to position " + position + "\n";
  const auto stood_still = std::chrono::duration_cast<std::chrono::milliseconds>(rebuilt.stood_still);
  return text + "rebuilt user_metadata up to position " + position + "; the projector stood still for " +
         std::to_string(stood_still.count()) + " ms\n";
}

}  // namespace usermeta
