#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "google/rpc/status.pb.h"
#include "http/json_codec.hpp"
#include "tests/http/every_field.hpp"
#include "usermeta/v1/events.pb.h"
#include "zitadel/admin.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/object.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace usermeta {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

TEST(JsonEncode, WritesEveryKindOfField) {
  struct Row {
    std::string text_format;
    std::string json;
  };
  const std::vector<Row> rows = {
      {"", "{}"},
      {"i32: -2147483648", R"({"i32":-2147483648})"},
      {"u32: 4294967295", R"({"u32":4294967295})"},
      {"i64: -9223372036854775808", R"({"i64":"-9223372036854775808"})"},
      {"u64: 18446744073709551615", R"({"u64":"18446744073709551615"})"},
      {"flag: true", R"({"flag":true})"},
      {"text: 'hello'", R"({"text":"hello"})"},
      {"raw: '\\377\\376\\000'", R"({"raw":"//4A"})"},
      {"raw: 'a'", R"({"raw":"YQ=="})"},
      {"colour: COLOUR_RED", R"({"colour":"COLOUR_RED"})"},
      {"colour: COLOUR_ODD", R"({"colour":"COLOUR_ODD"})"},
      {"colour: 77", R"({"colour":77})"},
      {"at_time { seconds: 1742896415 nanos: 832000000 }", R"({"atTime":"2025-03-25T09:53:35.832Z"})"},
      {"at_time {}", R"({"atTime":"1970-01-01T00:00:00Z"})"},
      {"long_name: 'x'", R"({"longName":"x"})"},
      {"child {}", R"({"child":{}})"},
      {"child { child { text: 'x' } u32: 1 }", R"({"child":{"u32":1,"child":{"text":"x"}}})"},
      {"i32s: [1, 0, -1]", R"({"i32s":[1,0,-1]})"},
      {"u32s: [1, 0]", R"({"u32s":[1,0]})"},
      {"i64s: [1, 0, -1]", R"({"i64s":["1","0","-1"]})"},
      {"u64s: [1, 0]", R"({"u64s":["1","0"]})"},
      {"flags: [true, false]", R"({"flags":[true,false]})"},
      {"texts: ['a', '', 'b']", R"({"texts":["a","","b"]})"},
      {"raws: ['a', '']", R"({"raws":["YQ==",""]})"},
      {"colours: [COLOUR_RED, COLOUR_NONE, 9]", R"({"colours":["COLOUR_RED","COLOUR_NONE",9]})"},
      {"times: [{seconds: 1}, {}]", R"({"times":["1970-01-01T00:00:01Z","1970-01-01T00:00:00Z"]})"},
      {"children: [{}, {text: 'x'}]", R"({"children":[{},{"text":"x"}]})"},
      {"text: 'a' u32: 5 flag: true", R"({"u32":5,"flag":true,"text":"a"})"},
      // Zero is left out unless the field knows whether it is set.
      {"i32: 0 u64: 0 flag: false text: '' raw: '' colour: COLOUR_NONE", "{}"},
      {"perhaps: 0", R"({"perhaps":0})"},
      {"this: ''", R"({"this":""})"},
      {"that {}", R"({"that":{}})"},
  };
  const test::EveryField every;
  for (const Row& row : rows)
    EXPECT_EQ(encode_json(*every.make(row.text_format)), row.json) << row.text_format;
}

TEST(JsonEncode, EscapesWhatJsonRequiresAndNothingElse) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"\"", R"(\")"},
      {"\\", R"(\\)"},
      {"a\"b\\c", R"(a\"b\\c)"},
      {"\b\f\n\r\t", R"(\u0008\u000c\n\r\t)"},
      {std::string("\0", 1), R"(\u0000)"},
      {"\x01\x0b\x1f", R"(\u0001\u000b\u001f)"},
      {" /<>&'\x7f", " /<>&'\x7f"},
      {"h\u00e9\u2028\u4f60\U0001F600", "h\u00e9\u2028\u4f60\U0001F600"},
  };
  for (const auto& [text, escaped] : rows) {
    zitadel::management::v1::AddOrgRequest message;
    message.set_name(text);
    EXPECT_EQ(encode_json(message), "{\"name\":\"" + escaped + "\"}");
  }
}

TEST(JsonEncode, TheDocumentedAnswer) {
  zitadel::management::v1::SetUserMetadataResponse answer;
  answer.set_id("2847");
  auto& details = *answer.mutable_details();
  details.set_sequence(2);
  details.mutable_creation_date()->set_seconds(1742896415);
  details.mutable_creation_date()->set_nanos(832000000);
  details.set_resource_owner("19");
  EXPECT_EQ(encode_json(answer), R"({"id":"2847","details":{"sequence":"2",)"
                                 R"("creationDate":"2025-03-25T09:53:35.832Z","resourceOwner":"19"}})");
}

TEST(JsonEncode, AnAnyIsItsMessageWithItsType) {
  zitadel::v1::ErrorDetail detail;
  google::rpc::Status status;
  status.add_details()->PackFrom(detail);
  detail.set_id("ID");
  status.add_details()->PackFrom(detail);
  EXPECT_EQ(encode_json(status), R"({"details":[{"@type":"type.googleapis.com/zitadel.v1.ErrorDetail"},)"
                                 R"({"@type":"type.googleapis.com/zitadel.v1.ErrorDetail","id":"ID"}]})");
  status.mutable_details(0)->set_type_url("type.googleapis.com/none.such");
  EXPECT_THROW(encode_json(status), std::logic_error);
  status.mutable_details(0)->set_type_url(status.details(1).type_url());
  status.mutable_details(0)->set_value("\x01");
  EXPECT_THROW(encode_json(status), std::logic_error);
}

TEST(JsonEncode, ThrowsForWhatHasNoJson) {
  const test::EveryField every;
  EXPECT_THROW(encode_json(*every.make("real: 1.5")), std::logic_error);
  EXPECT_THROW(encode_json(*every.make("at_time { seconds: 253402300800 }")), std::out_of_range);
}

// What a message and all that it can hold has that the codec does not know.
void collect_unknown_kinds(const Descriptor& type, std::set<std::string>& done,
                           std::vector<std::string>& unknown) {
  const bool known =
      type.full_name() == "google.protobuf.Timestamp" || type.full_name() == "google.protobuf.Struct";
  if (known || !done.insert(type.full_name()).second) return;
  if (type.well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED || type.field_count() > 64) {
    unknown.push_back(type.full_name());
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool real = field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
                      field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT;
    if (real || field.is_map()) unknown.push_back(field.full_name());
    if (field.message_type() != nullptr) collect_unknown_kinds(*field.message_type(), done, unknown);
  }
}

TEST(JsonEncode, TheCodecKnowsEveryFieldOfOurMessages) {
  const std::vector<const FileDescriptor*> files = {
      zitadel::management::v1::SetUserMetadataRequest::descriptor()->file(),
      zitadel::admin::v1::AddIAMMemberRequest::descriptor()->file(),
      zitadel::user::v2::SetUserMetadataRequest::descriptor()->file(),
      usermeta::v1::ListEventsRequest::descriptor()->file(),
  };
  std::set<std::string> done;
  std::vector<std::string> unknown;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i)
      collect_unknown_kinds(*file->message_type(i), done, unknown);
  }
  EXPECT_EQ(unknown, std::vector<std::string>{});
  EXPECT_TRUE(done.contains("zitadel.metadata.v1.MetadataKeyQuery"));

  // The check itself must be able to fail.
  collect_unknown_kinds(*google::protobuf::DoubleValue::descriptor(), done, unknown);
  EXPECT_EQ(unknown,
            (std::vector<std::string>{"google.protobuf.DoubleValue", "google.protobuf.DoubleValue.value"}));
}

}  // namespace
}  // namespace usermeta
