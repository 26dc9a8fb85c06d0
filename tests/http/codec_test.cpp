#include "http/codec.hpp"

#include <gtest/gtest.h>

#include "http/limits.hpp"
#include "zitadel/management.pb.h"

namespace usermeta {
namespace {

TEST(Codec, BoundsHowManyValuesAMessageHas) {
  zitadel::management::v1::BulkRemoveUserMetadataRequest keys;
  zitadel::management::v1::BulkSetUserMetadataRequest entries;
  for (std::size_t i = 0; i < kMostParts; ++i) {
    keys.add_keys("");
    entries.add_metadata();
  }
  for (const Codec codec : {Codec::proto, Codec::json}) {
    EXPECT_FALSE(decode(codec, encode(codec, keys), keys));
    EXPECT_EQ(keys.keys_size(), static_cast<int>(kMostParts));
    EXPECT_FALSE(decode(codec, encode(codec, entries), entries));
  }
  keys.add_keys("");
  entries.add_metadata();
  for (const Codec codec : {Codec::proto, Codec::json})
    for (const google::protobuf::Message* message :
         std::initializer_list<const google::protobuf::Message*>{&keys, &entries}) {
      const std::unique_ptr<google::protobuf::Message> into(message->New());
      const auto refused = decode(codec, encode(codec, *message), *into);
      ASSERT_TRUE(refused);
      EXPECT_EQ(refused->code, kInvalidArgument);
    }
}

}  // namespace
}  // namespace usermeta
