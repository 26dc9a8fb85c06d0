#include "stream/kafka_settings.hpp"

#include <gmock/gmock.h>

namespace usermeta {
namespace {

using testing::HasSubstr;
using testing::Pair;

std::string refusal_of(const KafkaSettings& settings) {
  try {
    check_kafka_settings(settings);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(KafkaSettings, APropertyIsANameAndAValue) {
  EXPECT_THAT(parse_kafka_property("linger.ms=5"), Pair("linger.ms", "5"));
  EXPECT_THAT(parse_kafka_property("sasl.password=a=b"), Pair("sasl.password", "a=b"));
  EXPECT_THAT(parse_kafka_property("client.rack="), Pair("client.rack", ""));
  for (const std::string text : {"", "linger.ms", "=5"})
    EXPECT_THROW(parse_kafka_property(text), std::runtime_error) << text;
}

TEST(KafkaSettings, WhatLibrdkafkaTakesIsTaken) {
  EXPECT_EQ(refusal_of({"localhost:1", {{"linger.ms", "50"}, {"compression.type", "zstd"}}}), "");
  EXPECT_EQ(refusal_of({"a:1,b:2",
                        {{"security.protocol", "sasl_plaintext"},
                         {"sasl.mechanisms", "PLAIN"},
                         {"sasl.username", "u"},
                         {"sasl.password", "p"}}}),
            "");
}

TEST(KafkaSettings, WhatItDoesNotTakeIsNamed) {
  EXPECT_THAT(refusal_of({"localhost:1", {{"no.such.thing", "1"}}}), HasSubstr("no.such.thing"));
  EXPECT_THAT(refusal_of({"localhost:1", {{"linger.ms", "soon"}}}), HasSubstr("linger.ms"));
  EXPECT_THAT(refusal_of({"localhost:1", {{"security.protocol", "ssl"}, {"ssl.ca.location", "/nowhere"}}}),
              HasSubstr("ssl.ca.location"));
}

TEST(KafkaSettings, WhatWouldBreakThePromisesIsRefused) {
  for (const std::string name :
       {"enable.idempotence", "transactional.id", "acks", "request.required.acks", "isolation.level",
        "partitioner", "max.in.flight", "retries", "auto.offset.reset", "group.id", "bootstrap.servers"})
    EXPECT_THAT(refusal_of({"localhost:1", {{name, "1"}}}), HasSubstr(name + " cannot be set: ")) << name;
}

TEST(TopicName, IsAsKafkaHasThem) {
  for (const std::string& good :
       {std::string("usermeta.events"), std::string("A_b-1"), std::string(230, 'x')})
    EXPECT_NO_THROW(check_topic_name(good, "--kafka-topic")) << good;
  for (const std::string& bad : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                 std::string("a b"), std::string("ä"), std::string(231, 'x')})
    EXPECT_THROW(check_topic_name(bad, "--kafka-topic"), std::runtime_error) << bad;
}

}  // namespace
}  // namespace usermeta
