#include "proof/audit_entry.hpp"

#include <gtest/gtest.h>

#include "proof/tiles.hpp"

namespace usermeta {
namespace {

Recorded event() {
  Recorded event;
  event.position = 4711;
  event.aggregate = {AggregateType::user, "163840776835432705"};
  event.sequence = 12;
  event.type = "user.metadata.set";
  event.revision = 2;
  event.created_at = std::chrono::sys_days{std::chrono::March / 25 / 2025} + std::chrono::milliseconds(832);
  event.creator = "163840776835370001";
  event.owner = "163840776835366913";
  event.payload = R"({"key":"greeting","value":"aGVsbG8="})";
  event.salt.fill(std::byte{7});
  event.origin = {"8f0c", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "192.0.2.1"};
  return event;
}

const std::string kSource = "urn:usermeta:instance:4f0c";

TEST(AuditEntry, IsTheCanonicalFormOfTheEnvelope) {
  EXPECT_EQ(
      audit_entry(event(), kSource, sha256("abc")),
      R"({"aggregatetype":"user","clientaddress":"192.0.2.1","creator":"163840776835370001","id":"4711",)"
      R"("owner":"163840776835366913",)"
      R"("payloadsha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",)"
      R"("requestid":"8f0c","revision":"2","sequence":"12","source":"urn:usermeta:instance:4f0c",)"
      R"("specversion":"1.0","subject":"users/163840776835432705","time":"2025-03-25T00:00:00.832Z",)"
      R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",)"
      R"("type":"user.metadata.set"})");
}

TEST(AuditEntry, LeavesOutWhatIsEmpty) {
  Recorded bare = event();
  bare.origin = {};
  bare.owner.clear();
  EXPECT_EQ(audit_entry(bare, kSource, sha256("abc")),
            R"({"aggregatetype":"user","creator":"163840776835370001","id":"4711",)"
            R"("payloadsha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",)"
            R"("revision":"2","sequence":"12","source":"urn:usermeta:instance:4f0c",)"
            R"("specversion":"1.0","subject":"users/163840776835432705","time":"2025-03-25T00:00:00.832Z",)"
            R"("type":"user.metadata.set"})");
}

// Nothing of an event is outside its entry but the salt and the payload, which its hash stands for.
TEST(AuditEntry, ChangesWithEachPartOfTheEvent) {
  const Recorded same = event();
  const auto entry = [](const Recorded& of) {
    return audit_entry(of, kSource, payload_hash(of.salt, of.payload));
  };
  const auto changed = [&](auto change) {
    Recorded other = event();
    change(other);
    return entry(other) != entry(same);
  };
  EXPECT_TRUE(changed([](Recorded& e) { e.position++; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.aggregate.id += "0"; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.aggregate.type = AggregateType::org; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.sequence++; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.type += "x"; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.revision++; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.created_at += std::chrono::microseconds(1); }));
  EXPECT_TRUE(changed([](Recorded& e) { e.creator += "x"; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.owner += "x"; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.payload += " "; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.salt.back() = std::byte{8}; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.origin.request_id += "x"; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.origin.traceparent += "x"; }));
  EXPECT_TRUE(changed([](Recorded& e) { e.origin.address += "x"; }));
  EXPECT_NE(audit_entry(same, kSource + "0", {}), audit_entry(same, kSource, {}));
}

// RFC 8785 section 3.2.2.2.
TEST(AuditEntry, TextsAreEscapedInOneWay) {
  std::string out;
  append_canonical(out, "\u20ac$\x0f\nA'B\"\\\\\"/\b\f\r\t\x1f\x7f\u2028");
  EXPECT_EQ(out, "\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\r\\t\\u001f\x7f\u2028\"");
}

TEST(AuditEntry, HasRoomForTheLongestThatACallCanMake) {
  Recorded longest = event();
  const std::string name(200, '\x01');  // six bytes each
  longest.aggregate.id = longest.creator = longest.owner = name;
  longest.origin = {std::string(128, 'x'), longest.origin.traceparent, std::string(45, ':')};
  EXPECT_LT(audit_entry(longest, kSource, {}).size(), kLongestEntry / 10);
  longest.creator = std::string(kLongestEntry, 'x');
  EXPECT_THROW(audit_entry(longest, kSource, {}), UnreadableEvent);
}

TEST(PayloadHash, IsOfTheSaltAndThePayload) {
  Salt salt;
  salt.fill(std::byte{'s'});
  EXPECT_EQ(payload_hash(salt, "{}"), sha256("ssssssssssssssss{}"));
}

}  // namespace
}  // namespace usermeta
