#include "cli/rebuild_report.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using namespace std::chrono_literals;

const std::string kDigest = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
const std::string kOther = "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35";

Rebuilt compared() {
  Rebuilt rebuilt;
  rebuilt.position = 12;
  rebuilt.stood_still = 3500us;
  rebuilt.comparison = RebuildComparison{.position = 10, .in_use = {4, 0xfedc}, .rebuilt = {5, ~0ULL}};
  return rebuilt;
}

const std::string kCompared =
    "compared at position 10\n"
    "  in use  4 rows, checksum 000000000000fedc\n"
    "  rebuilt 5 rows, checksum ffffffffffffffff\n";
const std::string kEnd = "rebuilt user_metadata up to position 12; the projector stood still for 3 ms\n";

TEST(RebuildReport, SaysWhatWasComparedAndWhatWasDone) {
  EXPECT_EQ(rebuild_report(compared(), false), kCompared + "keys that differ: 0\n" + kEnd);
}

TEST(RebuildReport, ADryRunSaysThatNothingWasChanged) {
  EXPECT_EQ(rebuild_report(compared(), true),
            kCompared + "keys that differ: 0\nnothing was changed; a rebuild would go up to position 12\n");
}

TEST(RebuildReport, ListsDifferencesWithoutValuesAndSaysHowManyMoreThereAre) {
  Rebuilt rebuilt = compared();
  rebuilt.comparison->users_left_out = 7;
  rebuilt.comparison->different = 1004;
  rebuilt.comparison->first = {{"a", "k", {{1, kDigest}}, {{2, kOther}}},
                               {"b", "k", std::nullopt, {{2, kOther}}},
                               {"c", "\x1b[2J", {{1, kDigest}}, std::nullopt},
                               {"d", "k", {{1, kDigest}}, {{1, kDigest}}}};
  EXPECT_EQ(rebuild_report(rebuilt, false),
            kCompared +
                "  without the users that have changed since: 7\n"
                "keys that differ: 1004\n"
                "  user a, key k: in use sequence 1, SHA-256 6b86b273ff34fce1; "
                "rebuilt sequence 2, SHA-256 d4735e3a265e16ee\n"
                "  user b, key k: in use nothing; rebuilt sequence 2, SHA-256 d4735e3a265e16ee\n"
                "  user c, key (4 bytes): in use sequence 1, SHA-256 6b86b273ff34fce1; rebuilt nothing\n"
                "  user d, key k: in use sequence 1, SHA-256 6b86b273ff34fce1; "
                "rebuilt sequence 1, SHA-256 6b86b273ff34fce1 (of another owner or date)\n"
                "  and 1000 more\n" +
                kEnd);
}

TEST(RebuildReport, SaysWhyNothingWasCompared) {
  Rebuilt rebuilt = compared();
  rebuilt.comparison.reset();
  rebuilt.behind = 200'000;
  EXPECT_EQ(rebuild_report(rebuilt, false),
            "not compared: the table in use is 200000 events behind\n" + kEnd);
}

}  // namespace
}  // namespace usermeta
