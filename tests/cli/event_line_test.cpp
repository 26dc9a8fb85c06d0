#include "cli/event_line.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

Recorded recorded(const Event& event) {
  Recorded made;
  made.position = 7;
  made.aggregate = {AggregateType::user, "u"};
  made.type = std::string(type_of(event).name);
  made.revision = type_of(event).revision;
  made.created_at = *from_rfc3339("2025-05-04T12:00:01.5Z");
  made.payload = encode_payload(event);
  return made;
}

std::string about(const Event& event) {
  const Recorded made = recorded(event);
  const std::string line = event_line(made);
  const std::string begin = "7  2025-05-04T12:00:01.500Z  " + made.type + "  u";
  EXPECT_TRUE(line.starts_with(begin)) << line;
  return line.substr(std::min(line.size(), begin.size()));
}

TEST(EventLine, SaysWhatAnEventIsAbout) {
  EXPECT_EQ(about(UserLocked{}), "");
  EXPECT_EQ(about(MetadataSet{"greeting", Value("hello")}), "  greeting = hello");
  EXPECT_EQ(about(MetadataRemoved{"greeting"}), "  greeting");
  EXPECT_EQ(about(MachineAdded{"sync", "Synchronisation", "", 0}), "  sync");
  EXPECT_EQ(about(OrgAdded{"Engines"}), "  Engines");
  EXPECT_EQ(about(OrgMemberAdded{"8", {"ORG_OWNER", "ORG_OWNER_VIEWER"}}),
            "  8: ORG_OWNER, ORG_OWNER_VIEWER");
  EXPECT_EQ(about(PatRemoved{"9"}), "  9");
}

TEST(EventLine, SaysWhoseValueWasErased) {
  EXPECT_EQ(about(MetadataSet{.key = "greeting", .value = Value(""), .erased = true}), "  greeting erased");
  EXPECT_EQ(about(MetadataSet{"greeting", Value("")}), "  greeting = ");
  EXPECT_EQ(about(MetadataValuesErased{"greeting"}), "  greeting");
  EXPECT_EQ(about(MetadataValuesErased{}), "");
}

TEST(EventLine, NeverDoesAnythingToATerminal) {
  EXPECT_EQ(about(MetadataSet{"k", Value("\x1b[2J")}), "  k = (4 bytes)");
  EXPECT_EQ(about(MetadataSet{"a\nb", Value("c\td")}), "  (3 bytes) = (3 bytes)");
  EXPECT_EQ(about(MetadataSet{"k", Value("\xC2\x9B")}), "  k = (2 bytes)");
  EXPECT_EQ(about(MetadataSet{"k", Value("\x7f")}), "  k = (1 bytes)");
  EXPECT_EQ(about(MetadataSet{"k", Value("\xff\xfe")}), "  k = (2 bytes)");
  EXPECT_EQ(about(MetadataSet{"k", Value("caf\xC3\xA9 \xC2\xA0")}), "  k = caf\xC3\xA9 \xC2\xA0");
}

TEST(EventLine, CutsWhatIsLongBetweenCharacters) {
  EXPECT_EQ(about(MetadataSet{"k", Value(std::string(61, 'x'))}), "  k = " + std::string(60, 'x') + "...");
  EXPECT_EQ(about(MetadataSet{"k", Value(std::string(60, 'x'))}), "  k = " + std::string(60, 'x'));
  EXPECT_EQ(about(MetadataSet{"k", Value(std::string(59, 'x') + "\xC3\xA9")}),
            "  k = " + std::string(59, 'x') + "...");
}

TEST(EventLine, ShowsWhatItCannotReadAsItIsStored) {
  Recorded newer = recorded(UserLocked{});
  newer.type = "user.teleported";
  newer.payload = R"({"to":"elsewhere"})";
  EXPECT_TRUE(event_line(newer).ends_with(R"(  user.teleported  u  {"to":"elsewhere"})"));
}

}  // namespace
}  // namespace usermeta
