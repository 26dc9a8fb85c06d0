#pragma once

#include <memory>
#include <string>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <gtest/gtest.h>

namespace usermeta::test {

// A message with a field of every kind that json_codec.hpp knows: our own messages have only some of them.
// Made at run time, so that no .proto file exists for a test's sake; once, for encode_json keeps what it
// learns about a type.
class EveryField {
 public:
  std::unique_ptr<google::protobuf::Message> make() const {
    static const Type type;
    return std::unique_ptr<google::protobuf::Message>(type.prototype->New());
  }

  // The message of a text in protobuf's text format.
  std::unique_ptr<google::protobuf::Message> make(const std::string& text_format) const {
    auto message = make();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text_format, message.get())) << text_format;
    return message;
  }

 private:
  static constexpr const char* definition = R"(
    name: "every_field.proto" package: "test" syntax: "proto3"
    dependency: "google/protobuf/timestamp.proto"
    message_type {
      name: "Every"
      field { name: "i32" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 }
      field { name: "u32" number: 2 label: LABEL_OPTIONAL type: TYPE_UINT32 }
      field { name: "i64" number: 3 label: LABEL_OPTIONAL type: TYPE_INT64 }
      field { name: "u64" number: 4 label: LABEL_OPTIONAL type: TYPE_UINT64 }
      field { name: "flag" number: 5 label: LABEL_OPTIONAL type: TYPE_BOOL }
      field { name: "text" number: 6 label: LABEL_OPTIONAL type: TYPE_STRING }
      field { name: "raw" number: 7 label: LABEL_OPTIONAL type: TYPE_BYTES }
      field { name: "colour" number: 8 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".test.Colour" }
      field { name: "at_time" number: 9 label: LABEL_OPTIONAL type: TYPE_MESSAGE
              type_name: ".google.protobuf.Timestamp" }
      field { name: "child" number: 10 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".test.Every" }
      field { name: "long_name" number: 11 label: LABEL_OPTIONAL type: TYPE_STRING }
      field { name: "this" number: 12 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }
      field { name: "that" number: 13 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".test.Every"
              oneof_index: 0 }
      field { name: "perhaps" number: 14 label: LABEL_OPTIONAL type: TYPE_UINT32 oneof_index: 1
              proto3_optional: true }
      field { name: "i32s" number: 21 label: LABEL_REPEATED type: TYPE_INT32 }
      field { name: "u32s" number: 22 label: LABEL_REPEATED type: TYPE_UINT32 }
      field { name: "i64s" number: 23 label: LABEL_REPEATED type: TYPE_INT64 }
      field { name: "u64s" number: 24 label: LABEL_REPEATED type: TYPE_UINT64 }
      field { name: "flags" number: 25 label: LABEL_REPEATED type: TYPE_BOOL }
      field { name: "texts" number: 26 label: LABEL_REPEATED type: TYPE_STRING }
      field { name: "raws" number: 27 label: LABEL_REPEATED type: TYPE_BYTES }
      field { name: "colours" number: 28 label: LABEL_REPEATED type: TYPE_ENUM type_name: ".test.Colour" }
      field { name: "times" number: 29 label: LABEL_REPEATED type: TYPE_MESSAGE
              type_name: ".google.protobuf.Timestamp" }
      field { name: "children" number: 30 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".test.Every" }
      field { name: "real" number: 40 label: LABEL_OPTIONAL type: TYPE_DOUBLE }
      oneof_decl { name: "choice" }
      oneof_decl { name: "_perhaps" }
    }
    enum_type {
      name: "Colour"
      value { name: "COLOUR_NONE" number: 0 }
      value { name: "COLOUR_RED" number: 1 }
      value { name: "COLOUR_ODD" number: -5 }
    })";

  struct Type {
    Type() : pool(google::protobuf::DescriptorPool::generated_pool()) {
      // Makes sure that the file of Timestamp is in the pool below.
      google::protobuf::Timestamp::descriptor();
      google::protobuf::FileDescriptorProto file;
      const bool parsed = google::protobuf::TextFormat::ParseFromString(definition, &file);
      const auto* built = parsed ? pool.BuildFile(file) : nullptr;
      if (built == nullptr) throw std::logic_error("the test's own message is malformed");
      factory.SetDelegateToGeneratedFactory(true);
      prototype = factory.GetPrototype(built->message_type(0));
    }

    google::protobuf::DescriptorPool pool;
    google::protobuf::DynamicMessageFactory factory{&pool};
    const google::protobuf::Message* prototype = nullptr;
  };
};

}  // namespace usermeta::test
