#include <gmock/gmock.h>

#include "support/log_databases.hpp"

namespace usermeta {
namespace {

class ReadContract : public LogContract {};
INSTANTIATE_TEST_SUITE_P(Log, ReadContract, every_log_database(), name_of_log_database);

std::vector<std::pair<std::string, Event>> sets(const std::string& user, int count, std::size_t bytes) {
  std::vector<std::pair<std::string, Event>> events;
  for (int i = 0; i < count; ++i)
    events.emplace_back(user, metadata_set("k" + std::to_string(i), std::string(bytes, 'v')));
  return events;
}

TEST_P(ReadContract, EveryFieldOfAnEventSurvives) {
  Batch one = batch(head(), {{"ü/\"1\"", metadata_set("k", "v")}});
  NewEvent& event = one.events[0];
  event.owner = "org ☃";
  event.creator = "creator ☃";
  event.salt = salt();
  for (std::size_t i = 0; i < event.salt.size(); ++i) event.salt[i] = std::byte(0xFF - i);
  event.origin = {"request \t1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "2001:db8::1"};
  ASSERT_EQ(append(one), Appended::written);

  const Recorded read_back = read_all().at(0);
  EXPECT_EQ(read_back.position, 1);
  EXPECT_EQ(read_back.aggregate, (AggregateId{AggregateType::user, "ü/\"1\""}));
  EXPECT_EQ(read_back.sequence, 1);
  EXPECT_EQ(read_back.type, "user.metadata.set");
  EXPECT_EQ(read_back.revision, 2);
  EXPECT_EQ(read_back.created_at, one.created_at);
  EXPECT_EQ(read_back.creator, "creator ☃");
  EXPECT_EQ(read_back.owner, "org ☃");
  EXPECT_EQ(read_back.payload, R"({"key":"k","value":"dg=="})");
  EXPECT_EQ(read_back.salt, event.salt);
  EXPECT_EQ(read_back.origin.request_id, event.origin.request_id);
  EXPECT_EQ(read_back.origin.traceparent, event.origin.traceparent);
  EXPECT_EQ(read_back.origin.address, event.origin.address);
}

TEST_P(ReadContract, AnOriginThatIsNotKnownStaysEmpty) {
  happened({{"u", UserLocked{}}});
  const Recorded event = read_all().at(0);
  EXPECT_EQ(event.origin.request_id + event.origin.traceparent + event.origin.address, "");
  EXPECT_EQ(event.payload, "{}");
}

TEST_P(ReadContract, AValueMayBeAsLongAsItMayBeAndMadeOfEveryByte) {
  std::string every_byte;
  for (int i = 0; i < 500'000; ++i) every_byte += static_cast<char>(i % 256);
  happened({{"u", metadata_set("k", every_byte)}, {"u", metadata_set("l", std::string(1, '\0'))}});
  const std::vector<Recorded> all = read_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(std::get<MetadataSet>(decode(all[0])).value.bytes(), every_byte);
  EXPECT_EQ(std::get<MetadataSet>(decode(all[1])).value.bytes(), std::string(1, '\0'));
}

TEST_P(ReadContract, AKeyMayBeAnyUnicode) {
  const std::vector<std::string> keys{"ключ", "鍵",      "🔑",      "a/b",        "\"\\\n\t\x01\x7f",
                                      "%_",   "e\u0301", "\u00e9", "\U0010FFFF", "null",
                                      " ",    "'"};
  std::vector<std::pair<std::string, Event>> events;
  for (const std::string& key : keys) events.emplace_back("u", metadata_set(key, key));
  happened(events);
  const std::vector<Recorded> all = read_all();
  ASSERT_EQ(all.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(std::get<MetadataSet>(decode(all[i])).key, keys[i]);
}

TEST_P(ReadContract, ReadingBeginsBehindAPosition) {
  happened(sets("u", 5, 1));
  const Page page = read(3);
  ASSERT_EQ(page.events.size(), 2U);
  EXPECT_EQ(page.events[0].position, 4);
  EXPECT_EQ(page.events[1].position, 5);
  EXPECT_TRUE(page.end);
  EXPECT_TRUE(read(5).events.empty());
  EXPECT_TRUE(read(99).end);
}

TEST_P(ReadContract, APageHasABoundedNumberOfEventsAndTheNextGoesOnBehindIt) {
  for (int i = 0; i < 5; ++i) happened(sets("u" + std::to_string(i), 500, 1));
  const Page first = read(0);
  EXPECT_FALSE(first.end);
  EXPECT_LE(first.events.size(), 1000U);
  Position expected = 0;
  for (const Recorded& event : read_all()) EXPECT_EQ(event.position, ++expected);
  EXPECT_EQ(expected, 2500);
}

TEST_P(ReadContract, APageIsBoundedInBytesAndTheNextGoesOnBehindIt) {
  for (int i = 0; i < 30; ++i) happened(sets("u" + std::to_string(i), 1, 500'000));
  const Page first = read(0);
  EXPECT_FALSE(first.end);
  EXPECT_GE(first.events.size(), 1U);
  std::size_t bytes = 0;
  for (const Recorded& event : first.events) bytes += event.payload.size();
  EXPECT_LE(bytes, (8U << 20) + 700'000U);
  Position expected = 0;
  for (const Recorded& event : read_all()) EXPECT_EQ(event.position, ++expected);
  EXPECT_EQ(expected, 30);
}

TEST_P(ReadContract, EventsThatChangeAccessAreReadAloneUpToABound) {
  const PatAdded token{"t", created_at, {}, Digest{}};
  const std::vector<std::pair<std::string, Event>> everything{
      {"i", InstanceAdded{"i"}},
      {"i", InstanceMemberAdded{"u", {"A", "B"}}},
      {"i", InstanceMemberRemoved{"u"}},
      {"o", OrgAdded{"o"}},
      {"o", OrgMemberAdded{"u", {"A"}}},
      {"o", OrgMemberRemoved{"u"}},
      {"h", HumanAdded{"h", "", "", "", "", "", 0, ""}},
      {"h", HumanEmailVerified{}},
      {"u", MachineAdded{"u", "", "", 0}},
      {"u", token},
      {"u", PatRemoved{"t"}},
      {"u", UserLocked{}},
      {"u", UserUnlocked{}},
      {"u", UserDeactivated{}},
      {"u", UserReactivated{}},
      {"u", metadata_set("k", "v")},
      {"u", MetadataRemoved{"k"}},
      {"u", MetadataRemovedAll{}},
      {"u", UserRemoved{}}};
  happened(everything);
  happened({{"v", UserLocked{}}});
  const auto names = [&](Position after, Position until) {
    std::string text;
    const Page page = read_access(after, until);
    EXPECT_TRUE(page.end);
    for (const Recorded& event : page.events) text += event.type + " ";
    return text;
  };
  EXPECT_EQ(names(0, 19),
            "instance.member.added instance.member.removed org.added org.member.added org.member.removed "
            "user.pat.added user.pat.removed user.locked user.deactivated user.removed ");
  EXPECT_EQ(names(11, 18), "user.locked user.deactivated ");
  EXPECT_EQ(names(12, 13), "");
  // Those of the program and those of the query are the same.
  for (const auto& [id, event] : everything) {
    const bool read_alone = names(0, 19).find(std::string(type_of(event).name) + " ") != std::string::npos;
    EXPECT_EQ(read_alone, type_of(event).changes_access) << type_of(event).name;
  }
}

TEST_P(ReadContract, EventsThatChangeAccessComeInPagesToo) {
  std::vector<std::pair<std::string, Event>> locks;
  for (int i = 0; i < 1500; ++i) locks.emplace_back("u" + std::to_string(i), UserLocked{});
  happened(locks);
  const Page first = read_access(0, 1500);
  EXPECT_FALSE(first.end);
  const Page second = read_access(first.events.back().position, 1500);
  EXPECT_TRUE(second.end);
  EXPECT_EQ(first.events.size() + second.events.size(), 1500U);
}

}  // namespace
}  // namespace usermeta
