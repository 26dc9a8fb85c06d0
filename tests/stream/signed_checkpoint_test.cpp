#include "stream/signed_checkpoint.hpp"

#include <gmock/gmock.h>

#include "support/migrated_session.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SignedCheckpointTest : public testing::Test, protected MigratedSession {
 protected:
  void add(Position first, Position last) {
    sql.run("INSERT INTO audit_checkpoints SELECT size, 'note ' || size FROM generate_series(" +
            std::to_string(first) + ", " + std::to_string(last) + ") size");
  }
  std::vector<std::string> find(Position after, Position last) {
    std::vector<std::string> notes;
    for (const auto& [size, note] : threads.run(find_checkpoints(*pipeline, after, last))) {
      EXPECT_EQ(note, "note " + std::to_string(size));
      notes.push_back(note);
    }
    return notes;
  }
};

TEST_F(SignedCheckpointTest, AreThoseBehindOnePositionAndNotBeyondAnother) {
  add(3, 6);
  EXPECT_THAT(find(3, 5), ElementsAre("note 4", "note 5"));
  EXPECT_THAT(find(0, 3), ElementsAre("note 3"));
  EXPECT_THAT(find(6, 9), IsEmpty());
}

TEST_F(SignedCheckpointTest, ManyComeInParts) {
  add(1, 1001);
  const auto first = find(0, 1001);
  ASSERT_EQ(first.size(), 1000U);
  EXPECT_EQ(first.back(), "note 1000");
  EXPECT_THAT(find(1000, 1001), ElementsAre("note 1001"));
}

}  // namespace
}  // namespace usermeta
