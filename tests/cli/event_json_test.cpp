#include "cli/event_json.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

Recorded event() {
  Recorded event;
  event.position = 17;
  event.aggregate = {AggregateType::user, "7"};
  event.sequence = 3;
  event.type = "user.metadata.set";
  event.revision = 2;
  event.created_at = *from_rfc3339("2025-03-25T09:53:35.832Z");
  event.creator = "8";
  event.owner = "9";
  event.payload = R"({"key":"k","value":"MQ=="})";
  event.salt.fill(std::byte{1});
  return event;
}

TEST(EventJson, HasWhatIsRecorded) {
  Recorded full = event();
  full.origin = {"r1", "00-11-22-01", "192.0.2.1"};
  EXPECT_EQ(event_as_json(full),
            R"({"position":17,"aggregateType":"user","aggregateId":"7","sequence":3,)"
            R"("type":"user.metadata.set","revision":2,"createdAt":"2025-03-25T09:53:35.832Z","creator":"8",)"
            R"("owner":"9","requestId":"r1","traceparent":"00-11-22-01","clientAddress":"192.0.2.1",)"
            R"("payload":{"key":"k","value":"MQ=="}})");
}

TEST(EventJson, LeavesOutWhatIsNotKnown) {
  Recorded bare = event();
  bare.type = "user.locked";
  bare.payload.clear();
  bare.creator.clear();
  EXPECT_EQ(event_as_json(bare),
            R"({"position":17,"aggregateType":"user","aggregateId":"7","sequence":3,"type":"user.locked",)"
            R"("revision":2,"createdAt":"2025-03-25T09:53:35.832Z","owner":"9","payload":{}})");
}

TEST(EventJson, IsOneLineOfJsonWhateverIsInIt) {
  Recorded odd = event();
  odd.aggregate.id = "a\"\n\\\u00e9";
  odd.origin.request_id = "\t";
  const std::string json = event_as_json(odd);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  const auto value = boost::json::parse(json);
  EXPECT_EQ(value.at("aggregateId").as_string(), "a\"\n\\\u00e9");
  EXPECT_EQ(value.at("requestId").as_string(), "\t");
}

}  // namespace
}  // namespace usermeta
