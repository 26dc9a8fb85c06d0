#include "events/cloud_event.hpp"

#include <gmock/gmock.h>

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::Pair;

const EventSource kSource{.instance = "17", .external_url = "https://meta.example.com"};

Recorded metadata_set() {
  Recorded event;
  event.position = 42;
  event.aggregate = {AggregateType::user, "u1"};
  event.sequence = 3;
  event.type = "user.metadata.set";
  event.revision = 2;
  event.created_at = *from_rfc3339("2026-01-31T12:00:00.25Z");
  event.creator = "c1";
  event.owner = "o1";
  event.payload = R"({"key":"k","value":"dg=="})";
  event.origin = {"request 1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "192.0.2.1"};
  return event;
}

TEST(CloudEvent, HasTheEnvelopeAsAttributesAndThePayloadAsItsData) {
  const CloudEvent event = cloud_event(metadata_set(), kSource);
  EXPECT_THAT(event.attributes,
              ElementsAre(Pair("specversion", "1.0"), Pair("id", "42"),
                          Pair("source", "urn:usermeta:instance:17"), Pair("type", "user.metadata.set"),
                          Pair("subject", "users/u1"), Pair("time", "2026-01-31T12:00:00.250Z"),
                          Pair("aggregatetype", "user"), Pair("sequence", "3"), Pair("revision", "2"),
                          Pair("owner", "o1"), Pair("creator", "c1"), Pair("requestid", "request 1"),
                          Pair("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
  EXPECT_EQ(event.data, R"({"key":"k","value":"dg=="})");
}

TEST(CloudEvent, LeavesOutWhatIsEmpty) {
  Recorded event = metadata_set();
  event.creator = event.owner = "";
  event.origin = {};
  EXPECT_THAT(cloud_event(event, kSource).attributes,
              ElementsAre(Pair("specversion", "1.0"), Pair("id", "42"), Pair("source", testing::_),
                          Pair("type", testing::_), Pair("subject", testing::_), Pair("time", testing::_),
                          Pair("aggregatetype", "user"), Pair("sequence", "3"), Pair("revision", "2")));
}

TEST(CloudEvent, NamesItsSubjectByItsKind) {
  Recorded event = metadata_set();
  event.aggregate = {AggregateType::org, "1"};
  EXPECT_THAT(cloud_event(event, kSource).attributes, testing::Contains(Pair("subject", "orgs/1")));
  event.aggregate = {AggregateType::instance, "2"};
  EXPECT_THAT(cloud_event(event, kSource).attributes, testing::Contains(Pair("subject", "instances/2")));
}

TEST(CloudEvent, AnEmptyPayloadIsAnEmptyObject) {
  Recorded event = metadata_set();
  event.payload.clear();
  EXPECT_EQ(cloud_event(event, kSource).data, "{}");
}

TEST(CloudEvent, ByReferenceItHasNoDataButSaysWhereTheyAre) {
  const CloudEvent event = cloud_event_by_reference(metadata_set(), kSource);
  EXPECT_EQ(event.data, "");
  EXPECT_THAT(event.attributes.back(), Pair("dataref", "https://meta.example.com/usermeta/v1/events/42"));
  EXPECT_THAT(cloud_event_by_reference(metadata_set(), {.instance = "17", .external_url = ""}).attributes,
              testing::Contains(Pair("dataref", "/usermeta/v1/events/42")));
}

TEST(CloudEvent, IsOneJsonObject) {
  Recorded event = metadata_set();
  event.origin = {};
  event.creator = "a \"quoted\" id";
  EXPECT_EQ(
      as_json(cloud_event(event, kSource)),
      R"({"specversion":"1.0","id":"42","source":"urn:usermeta:instance:17","type":"user.metadata.set",)"
      R"("subject":"users/u1","time":"2026-01-31T12:00:00.250Z","aggregatetype":"user","sequence":"3",)"
      R"("revision":"2","owner":"o1","creator":"a \"quoted\" id","datacontenttype":"application/json",)"
      R"("data":{"key":"k","value":"dg=="}})");
  EXPECT_EQ(
      as_json(cloud_event_by_reference(event, kSource)),
      R"({"specversion":"1.0","id":"42","source":"urn:usermeta:instance:17","type":"user.metadata.set",)"
      R"("subject":"users/u1","time":"2026-01-31T12:00:00.250Z","aggregatetype":"user","sequence":"3",)"
      R"("revision":"2","owner":"o1","creator":"a \"quoted\" id",)"
      R"("dataref":"https://meta.example.com/usermeta/v1/events/42"})");
}

TEST(CloudEvent, AnInstanceIsNamedAfterItsFirstEventsSalt) {
  Recorded first;
  // SHA-256 of 16 zero bytes begins so.
  EXPECT_EQ(instance_of(first), "374708fff7719dd5979ec875d56cd228");
  first.salt[15] = std::byte{1};
  EXPECT_NE(instance_of(first), "374708fff7719dd5979ec875d56cd228");
}

}  // namespace
}  // namespace usermeta
