#include "http/grpc_reflection.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "http/endpoints.hpp"
#include "tests/http/scripted_stream.hpp"
#include "tests/http/wire.hpp"

namespace usermeta {
namespace {

using google::protobuf::FileDescriptorProto;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;
using testing::Contains;
using testing::ElementsAre;

constexpr const char* kManagementService = "zitadel.management.v1.ManagementService";

// The names of an answer's files, which must be complete: a pool takes all of them.
std::vector<std::string> files_of(const ServerReflectionResponse& response) {
  std::vector<std::string> names;
  google::protobuf::SimpleDescriptorDatabase files;
  for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
    FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(bytes));
    names.push_back(file.name());
    files.Add(file);
  }
  google::protobuf::DescriptorPool pool(&files);
  for (const std::string& name : names) EXPECT_NE(pool.FindFileByName(name), nullptr) << name;
  return names;
}

ServerReflectionResponse ask_symbol(const std::string& symbol) {
  ServerReflectionRequest request;
  request.set_file_containing_symbol(symbol);
  return reflect(request);
}

TEST(Reflection, ListsAllThatIsServed) {
  ServerReflectionRequest request;
  request.set_host("h");
  request.set_list_services("*");
  const auto response = reflect(request);
  EXPECT_EQ(response.valid_host(), "h");
  EXPECT_EQ(response.original_request().list_services(), "*");
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
  EXPECT_THAT(names, ElementsAre("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                 "grpc.reflection.v1alpha.ServerReflection", "usermeta.v1.EventsService",
                                 "usermeta.v1.HistoryService", "zitadel.admin.v1.AdminService",
                                 kManagementService, "zitadel.user.v2.UserService"));
  for (const Endpoint& endpoint : endpoints()) {
    const std::string procedure = procedure_of(endpoint);
    EXPECT_THAT(names, Contains(procedure.substr(1, procedure.rfind('/') - 1)));
  }
}

TEST(Reflection, GivesAFileWithAllThatItImports) {
  for (const std::string symbol : {kManagementService, "zitadel.management.v1.SetUserMetadataRequest",
                                   "zitadel.management.v1.ManagementService.SetUserMetadata",
                                   "zitadel.management.v1.BulkSetUserMetadataRequest.Metadata"}) {
    const auto files = files_of(ask_symbol(symbol));
    ASSERT_FALSE(files.empty()) << symbol;
    EXPECT_EQ(files.front(), "zitadel/management.proto");
    EXPECT_THAT(files, Contains("zitadel/object.proto"));
    EXPECT_THAT(files, Contains("google/protobuf/timestamp.proto"));
    EXPECT_EQ(std::ranges::count(files, "google/protobuf/timestamp.proto"), 1);
  }
  ServerReflectionRequest request;
  request.set_file_by_filename("grpc/reflection/v1alpha/reflection.proto");
  EXPECT_THAT(files_of(reflect(request)), ElementsAre("grpc/reflection/v1alpha/reflection.proto"));
}

TEST(Reflection, SaysWhatThereIsNot) {
  std::vector<ServerReflectionRequest> requests(5);
  requests[0].set_file_by_filename("no.proto");
  requests[1].set_file_containing_symbol("no.Symbol");
  requests[2].mutable_file_containing_extension()->set_containing_type("no.Type");
  requests[3].mutable_file_containing_extension()->set_containing_type("zitadel.v1.ObjectDetails");
  requests[4].set_all_extension_numbers_of_type("no.Type");
  for (const auto& request : requests)
    EXPECT_EQ(reflect(request).error_response().error_code(), 5) << request.ShortDebugString();
  EXPECT_EQ(reflect({}).error_response().error_code(), 3);
}

TEST(Reflection, KnowsTheNumbersOfExtensions) {
  ServerReflectionRequest request;
  request.set_all_extension_numbers_of_type("zitadel.v1.ObjectDetails");
  const auto response = reflect(request).all_extension_numbers_response();
  EXPECT_EQ(response.base_type_name(), "zitadel.v1.ObjectDetails");
  EXPECT_TRUE(response.extension_number().empty());
}

// What one version writes, the other reads as itself.
TEST(Reflection, HasTheSameMessagesInBothVersions) {
  const auto describe = [](const google::protobuf::Descriptor* message) {
    FileDescriptorProto file;
    message->file()->CopyTo(&file);
    std::string text = file.DebugString();
    for (std::size_t at; (at = text.find("v1alpha")) != std::string::npos;) text.replace(at, 7, "v1");
    return text;
  };
  EXPECT_EQ(describe(ServerReflectionRequest::descriptor()),
            describe(grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()));
}

TEST(Reflection, AnswersEachRequestOfAStream) {
  boost::asio::io_context context;
  ScriptedStream bytes;
  ServerReflectionRequest list;
  list.set_list_services("");
  bytes.say(framed(list.SerializeAsString()) + framed("") + framed(list.SerializeAsString()));
  const HttpRequest head;
  GrpcStream stream(bytes, head, *procedure_format("application/grpc"), std::chrono::steady_clock::now());
  run_coroutine(context, serve_reflection(stream));
  EXPECT_EQ(bytes.written.size(), 3U);
  EXPECT_EQ(bytes.status(), "0");
}

}  // namespace
}  // namespace usermeta
