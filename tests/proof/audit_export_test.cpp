#include "proof/audit_export.hpp"

#include <gmock/gmock.h>

#include "events/hex.hpp"
#include "tests/proof/signed_log.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AuditExportTest : public testing::Test {
 protected:
  AuditExportTest() {
    log.add("u", MachineAdded{"bot", "Bot", "", 0});
    log.add("u", MetadataSet{"a,\"data\":\n\\", Value("1")});
    log.add("odd \",\"data\":{} \n", MetadataSet{"k", Value("2")});
    log.add("u", MetadataValuesErased{""});
  }
  // A line without its end.
  std::string line(std::size_t position) const {
    std::string text = to_line(log.events.at(position - 1), log.instance);
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    text.pop_back();
    return text;
  }

  SignedLog log;
};

TEST_F(AuditExportTest, ALineIsACloudEventWithWhatProvesIt) {
  EXPECT_EQ(line(1),
            R"({"specversion":"1.0","id":"1","source":"urn:usermeta:instance:)" + log.instance +
                R"(","type":"user.machine.added","subject":"users/u","time":"2025-05-04T00:00:01Z",)"
                R"("aggregatetype":"user","sequence":"1","revision":"2","owner":"o","creator":"creator",)"
                R"("requestid":"r","clientaddress":"192.0.2.7","salt":"01010101010101010101010101010101",)"
                R"("leafhash":")" +
                to_hex({reinterpret_cast<const char*>(log.events[0].leaf->data()), 32}) +
                R"(","datacontenttype":"application/json","data":{"userName":"bot","name":"Bot"}})");
}

TEST_F(AuditExportTest, ALineIsReadAsItWasWritten) {
  log.erase(2, 4);
  EXPECT_THAT(line(2), HasSubstr(R"("erasedby":"4")"));
  EXPECT_THAT(line(2), testing::Not(HasSubstr("salt")));
  for (std::size_t position = 1; position <= log.events.size(); ++position) {
    const auto read = parse_export_line(line(position), log.instance);
    ASSERT_TRUE(read) << line(position);
    EXPECT_EQ(log.leaf(*read), *log.events[position - 1].leaf);
    EXPECT_EQ(read->leaf, log.events[position - 1].leaf);
    EXPECT_EQ(read->event.payload, log.events[position - 1].event.payload);
    EXPECT_EQ(read->erased_by, position == 2 ? 4 : 0);
  }
}

TEST_F(AuditExportTest, AnEntryTellsOfTheEnvelopeAlone) {
  const Evidence& evidence = log.events[2];
  const Digest hash = payload_hash(evidence.event.salt, evidence.event.payload);
  const std::string entry = audit_entry(evidence.event, source_of({log.instance, {}}), hash);
  const auto read = parse_entry(entry);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->event.payload, "");
  EXPECT_EQ(log.leaf(*read), *evidence.leaf);
  EXPECT_FALSE(parse_entry(entry.substr(1)));
  EXPECT_FALSE(parse_entry("{}"));
}

// Whatever byte it is: it is another event then, or no line at all.
TEST_F(AuditExportTest, NoByteOfALineIsWithoutMeaning) {
  log.erase(2, 4);
  for (const std::size_t position : {2U, 3U}) {
    const std::string good = line(position);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string changed = good;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      const auto read = parse_export_line(changed, log.instance);
      const bool same = read && log.leaf(*read) == *log.events[position - 1].leaf &&
                        read->leaf == log.events[position - 1].leaf &&
                        read->erased_by == (position == 2 ? 4 : 0) &&
                        read->event.payload == log.events[position - 1].event.payload;
      EXPECT_FALSE(same) << at << " " << changed;
    }
  }
  EXPECT_FALSE(parse_export_line(line(1) + " ", log.instance));
  EXPECT_FALSE(parse_export_line(line(1), log.instance + "0"));
  EXPECT_FALSE(parse_export_line("", log.instance));
  EXPECT_FALSE(parse_export_line("{},\"data\":{}}", log.instance));
}

TEST(AuditExportHeader, IsReadAsItWasWritten) {
  const ExportHeader header{5, 9, "a\n1\n\n\u2014 x y\n", {sha256("a"), sha256("b")}, {sha256("c")}};
  std::string line = to_line(header);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto read = parse_export_header(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->from, 5);
  EXPECT_EQ(read->until, 9);
  EXPECT_EQ(read->note, header.note);
  EXPECT_THAT(read->before, ElementsAre(sha256("a"), sha256("b")));
  EXPECT_THAT(read->after, ElementsAre(sha256("c")));
}

TEST(AuditExportHeader, WhatIsNone) {
  for (const char* text : {"", "{}", "[]", "{\"usermetaexport\":\"2\",\"from\":\"1\",\"until\":\"1\"}",
                           "{\"usermetaexport\":\"1\",\"from\":\"0\",\"until\":\"1\"}",
                           "{\"usermetaexport\":\"1\",\"from\":\"5\",\"until\":\"3\"}"})
    EXPECT_FALSE(parse_export_header(text)) << text;
}

}  // namespace
}  // namespace usermeta
