#include "stream/event_record.hpp"

#include <gmock/gmock.h>

namespace usermeta {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

const EventSource kSource{.instance = "17", .external_url = "http://h"};

Recorded org_added() {
  Recorded event;
  event.position = 2;
  event.aggregate = {AggregateType::org, "o1"};
  event.sequence = 1;
  event.type = "org.added";
  event.revision = 1;
  event.created_at = *from_rfc3339("2026-01-31T12:00:00Z");
  event.payload = R"({"name":"n"})";
  return event;
}

TEST(EventRecord, BinaryHasTheAttributesInItsHeadersAndThePayloadAsItsValue) {
  const KafkaRecord record = event_record("t", org_added(), kSource, RecordFormat::binary);
  EXPECT_EQ(record.topic, "t");
  EXPECT_EQ(record.key, "o1");
  EXPECT_EQ(record.value, R"({"name":"n"})");
  EXPECT_THAT(record.headers,
              ElementsAre(Pair("ce_specversion", "1.0"), Pair("ce_id", "2"),
                          Pair("ce_source", "urn:usermeta:instance:17"), Pair("ce_type", "org.added"),
                          Pair("ce_subject", "orgs/o1"), Pair("ce_time", "2026-01-31T12:00:00Z"),
                          Pair("ce_aggregatetype", "org"), Pair("ce_sequence", "1"), Pair("ce_revision", "1"),
                          Pair("content-type", "application/json")));
}

TEST(EventRecord, StructuredHasAllOfItInItsValue) {
  const KafkaRecord record = event_record("t", org_added(), kSource, RecordFormat::structured);
  EXPECT_EQ(record.key, "o1");
  EXPECT_THAT(record.headers,
              ElementsAre(Pair("content-type", "application/cloudevents+json; charset=UTF-8")));
  EXPECT_EQ(record.value, as_json(cloud_event(org_added(), kSource)));
}

TEST(EventRecord, ByReferenceItSaysWhereTheDataAre) {
  const KafkaRecord binary = event_record_by_reference("t", org_added(), kSource, RecordFormat::binary);
  EXPECT_EQ(binary.key, "o1");
  EXPECT_EQ(binary.value, "");
  EXPECT_THAT(binary.headers, Contains(Pair("ce_dataref", "http://h/usermeta/v1/events/2")));
  EXPECT_THAT(binary.headers, testing::Not(Contains(Pair("content-type", testing::_))));
  const KafkaRecord structured =
      event_record_by_reference("t", org_added(), kSource, RecordFormat::structured);
  EXPECT_EQ(structured.value, as_json(cloud_event_by_reference(org_added(), kSource)));
}

}  // namespace
}  // namespace usermeta
