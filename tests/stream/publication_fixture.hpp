#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "stream/publication.hpp"
#include "tests/stream/mock_kafka.hpp"

namespace usermeta {

// The log of instance 17 on its way into the topic "events" of a cluster within the process.
class PublicationFixture : public testing::Test {
 protected:
  explicit PublicationFixture(const std::vector<std::string>& beside = {}) {
    kafka.make_topic("events");
    kafka.make_topic("events.positions");
    for (const std::string& topic : beside) kafka.make_topic(topic);
  }
  // `options`: what is not the same for all.
  std::unique_ptr<Publication> open(Publication::Options options) {
    options.kafka = kafka.settings();
    options.topic = "events";
    options.source = {.instance = "17", .external_url = ""};
    auto publication = std::make_unique<Publication>(std::move(options), stop.get_token());
    publication->open();
    return publication;
  }
  // "INSTANCE/TOPIC POSITION"
  std::vector<std::string> positions() {
    std::vector<std::string> found;
    for (const KafkaRecord& record : kafka.records("events.positions"))
      found.push_back(record.key + " " + *record.value);
    return found;
  }

  MockKafka kafka;
  std::stop_source stop;
};

}  // namespace usermeta
