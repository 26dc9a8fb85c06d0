#pragma once

#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include "fuzz/fuzz.hpp"
#include "zitadel/admin.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace usermeta::fuzz {

using MessagePointer = std::unique_ptr<google::protobuf::Message>;

// An empty request or answer of one of the calls; a byte says which.
inline MessagePointer new_message(std::uint8_t choice) {
  static const auto prototypes = [] {
    google::protobuf::SetLogHandler(nullptr);  // as the service does
    std::vector<const google::protobuf::Message*> all;
    auto* const factory = google::protobuf::MessageFactory::generated_factory();
    for (const auto* file : {zitadel::management::v1::SetUserMetadataRequest::descriptor()->file(),
                             zitadel::user::v2::SetUserMetadataRequest::descriptor()->file(),
                             zitadel::admin::v1::HealthzRequest::descriptor()->file()}) {
      for (int i = 0; i < file->service_count(); ++i) {
        for (int j = 0; j < file->service(i)->method_count(); ++j) {
          all.push_back(factory->GetPrototype(file->service(i)->method(j)->input_type()));
          all.push_back(factory->GetPrototype(file->service(i)->method(j)->output_type()));
        }
      }
    }
    return all;
  }();
  return MessagePointer(prototypes[choice % prototypes.size()]->New());
}

// Messages of one type are equal when their bytes are: none of them has a map.
inline bool same(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

}  // namespace usermeta::fuzz
