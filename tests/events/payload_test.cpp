#include <gtest/gtest.h>

#include "events/event.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

Digest digest_of(std::string_view text) {
  return sha256(text);
}

struct Stored {
  Event event;
  std::string type;
  int revision;
  std::string payload;
};

// One row an alternative of Event, in their order, and further rows for members that may be empty. These
// texts are in databases: a row may be added, none may change.
const std::vector<Stored>& stored() {
  static const std::vector<Stored> rows{
      {InstanceAdded{"Company"}, "instance.added", 1, R"({"name":"Company"})"},
      {InstanceMemberAdded{"7", {"IAM_OWNER", "IAM_OWNER_VIEWER"}}, "instance.member.added", 1,
       R"({"userId":"7","roles":["IAM_OWNER","IAM_OWNER_VIEWER"]})"},
      {InstanceMemberRemoved{"7"}, "instance.member.removed", 1, R"({"userId":"7"})"},
      {OrgAdded{"Acme"}, "org.added", 1, R"({"name":"Acme"})"},
      {OrgMemberAdded{"7", {"ORG_OWNER"}}, "org.member.added", 1, R"({"userId":"7","roles":["ORG_OWNER"]})"},
      {OrgMemberRemoved{"7"}, "org.member.removed", 1, R"({"userId":"7"})"},
      {HumanAdded{"ada", "Ada", "Byron", "A", "Ada Byron", "en", 1, "ada@example.com"}, "user.human.added", 2,
       R"({"userName":"ada","firstName":"Ada","lastName":"Byron","nickName":"A","displayName":"Ada Byron",)"
       R"("preferredLanguage":"en","gender":1,"email":"ada@example.com"})"},
      {HumanEmailVerified{}, "user.human.email.verified", 2, "{}"},
      {MachineAdded{"bot", "Bot", "builds", 1}, "user.machine.added", 2,
       R"({"userName":"bot","name":"Bot","description":"builds","accessTokenType":1})"},
      {PatAdded{"9", Time{1'735'689'600'500ms}, {"openid"}, digest_of("token")}, "user.pat.added", 2,
       R"({"tokenId":"9","expiration":"2025-01-01T00:00:00.500Z","scopes":["openid"],)"
       R"("tokenHash":"PEaenWxYddN6Q/NT1PiOYfz4EsZu7jRXRlpAsNpBU+A="})"},
      {PatRemoved{"9"}, "user.pat.removed", 2, R"({"tokenId":"9"})"},
      {UserLocked{}, "user.locked", 2, "{}"},
      {UserUnlocked{}, "user.unlocked", 2, "{}"},
      {UserDeactivated{}, "user.deactivated", 2, "{}"},
      {UserReactivated{}, "user.reactivated", 2, "{}"},
      {UserRemoved{}, "user.removed", 2, "{}"},
      {MetadataSet{"k\"ey\n", Value("value")}, "user.metadata.set", 2,
       R"({"key":"k\"ey\n","value":"dmFsdWU="})"},
      {MetadataRemoved{"schlüssel"}, "user.metadata.removed", 2, R"({"key":"schlüssel"})"},
      {MetadataRemovedAll{}, "user.metadata.removed.all", 2, "{}"},
      {MetadataValuesErased{"k"}, "user.metadata.values.erased", 1, R"({"key":"k"})"},
      // Members that are empty are left out.
      {HumanAdded{"ada", "Ada", "Byron", "", "Ada Byron", "", 0, "ada@example.com"}, "user.human.added", 2,
       R"({"userName":"ada","firstName":"Ada","lastName":"Byron","displayName":"Ada Byron",)"
       R"("email":"ada@example.com"})"},
      {MachineAdded{"bot", "Bot", "", 0}, "user.machine.added", 2, R"({"userName":"bot","name":"Bot"})"},
      {InstanceMemberAdded{"7", {}}, "instance.member.added", 1, R"({"userId":"7"})"},
      {MetadataValuesErased{}, "user.metadata.values.erased", 1, "{}"},
      {MetadataSet{"k", Value(""), true}, "user.metadata.set", 2, R"({"erased":true,"key":"k"})"},
      {PatAdded{"9", Time{}, {}, std::nullopt}, "user.pat.added", 2,
       R"({"tokenId":"9","expiration":"1970-01-01T00:00:00Z"})"},
  };
  return rows;
}

TEST(Payload, EveryAlternativeHasARow) {
  for (std::size_t i = 0; i < std::variant_size_v<Event>; ++i) EXPECT_EQ(stored().at(i).event.index(), i);
}

TEST(Payload, TextIsStorage) {
  for (const Stored& row : stored()) {
    EXPECT_EQ(type_of(row.event).name, row.type);
    EXPECT_EQ(type_of(row.event).revision, row.revision) << row.type;
    EXPECT_EQ(encode_payload(row.event), row.payload) << row.type;
  }
}

TEST(Payload, ReadsWhatItWrote) {
  for (const Stored& row : stored()) {
    const Event read = decode_payload(row.type, row.revision, row.payload);
    EXPECT_EQ(read.index(), row.event.index()) << row.type;
    EXPECT_EQ(encode_payload(read), row.payload) << row.type;
  }
}

TEST(Payload, ReadsOlderRevisions) {
  for (const Stored& row : stored())
    for (int revision = 1; revision <= row.revision; ++revision)
      EXPECT_EQ(encode_payload(decode_payload(row.type, revision, row.payload)), row.payload) << row.type;
}

TEST(Payload, ReadsMembersInAnyOrderAndIgnoresUnknownOnes) {
  const Event read = decode_payload("user.metadata.set", 2, R"( {"more":[1],"value":"YQ==","key":"k"} )");
  EXPECT_EQ(std::get<MetadataSet>(read).key, "k");
  EXPECT_EQ(std::get<MetadataSet>(read).value.bytes(), "a");
}

TEST(Payload, MissingAndNullMembersAreEmpty) {
  const auto human = std::get<HumanAdded>(decode_payload("user.human.added", 2, R"({"userName":null})"));
  EXPECT_EQ(human.user_name, "");
  EXPECT_EQ(human.gender, 0);
  EXPECT_EQ(std::get<OrgAdded>(decode_payload("org.added", 1, "")).name, "");
}

TEST(Payload, ATokenThatWasToExpireBehindTheYear9999HasExpired) {
  for (const std::string written : {"0000-01-01T00:00:00Z", "0000-01-01T00:00:02.147483Z"}) {
    const Event read =
        decode_payload("user.pat.added", 2, R"({"tokenId":"9","expiration":")" + written + "\"}");
    EXPECT_EQ(std::get<PatAdded>(read).expiration, Time{});
  }
  EXPECT_THROW(decode_payload("user.pat.added", 2, R"({"tokenId":"9","expiration":"0000-06-01T00:00:00Z"})"),
               UnreadableEvent);
}

TEST(Payload, KeepsEveryByteOfAValue) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::string payload = encode_payload(MetadataSet{"k", Value(bytes)});
  const auto read = std::get<MetadataSet>(decode_payload("user.metadata.set", 2, payload));
  EXPECT_EQ(read.value.bytes(), bytes);
  EXPECT_EQ(read.value.digest(), sha256(bytes));
}

TEST(Payload, RefusesAnUnknownType) {
  EXPECT_THROW(decode_payload("user.metadata.sett", 2, "{}"), UnreadableEvent);
  EXPECT_THROW(decode_payload("", 1, "{}"), UnreadableEvent);
}

TEST(Payload, RefusesANewerRevision) {
  for (const Stored& row : stored()) {
    EXPECT_THROW(decode_payload(row.type, row.revision + 1, row.payload), UnreadableEvent) << row.type;
    EXPECT_THROW(decode_payload(row.type, 0, row.payload), UnreadableEvent) << row.type;
  }
}

TEST(Payload, RefusesWhatIsNoObject) {
  for (const char* text : {"[]", "null", "1", "{", "{}x", "{\"key\":\"\xff\"}"})
    EXPECT_THROW(decode_payload("user.metadata.removed", 2, text), UnreadableEvent) << text;
}

TEST(Payload, RefusesDamagedMembers) {
  const std::pair<const char*, const char*> damaged[] = {
      {"user.metadata.removed", R"({"key":1})"},
      {"user.metadata.set", R"({"key":"k","value":"!"})"},
      {"user.metadata.set", R"({"key":"k","value":"YQ="})"},
      {"user.metadata.set", R"({"key":"k","value":["YQ=="]})"},
      {"user.metadata.set", R"({"key":"k","erased":false})"},
      {"user.metadata.set", R"({"key":"k","erased":"true"})"},
      {"user.human.added", R"({"gender":"1"})"},
      {"user.human.added", R"({"gender":1.5})"},
      {"user.human.added", R"({"gender":4294967297})"},
      {"user.machine.added", R"({"accessTokenType":18446744073709551615})"},
      {"org.member.added", R"({"userId":"7","roles":"ORG_OWNER"})"},
      {"org.member.added", R"({"userId":"7","roles":[1]})"},
      {"user.pat.added", R"({"tokenId":"9"})"},
      {"user.pat.added", R"({"tokenId":"9","expiration":"soon"})"},
      {"user.pat.added", R"({"tokenId":"9","expiration":"1970-01-01T00:00:00Z","tokenHash":"YQ=="})"},
      {"user.pat.added", R"({"tokenId":"9","expiration":"1970-01-01T00:00:00Z","tokenHash":""})"},
  };
  for (const auto& [type, payload] : damaged)
    EXPECT_THROW(decode_payload(type, 1, payload), UnreadableEvent) << payload;
}

}  // namespace
}  // namespace usermeta
