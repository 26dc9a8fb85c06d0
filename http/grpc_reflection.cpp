#include "http/grpc_reflection.hpp"

#include <algorithm>
#include <set>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "http/endpoints.hpp"

namespace usermeta {
namespace {

using boost::asio::awaitable;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

// Named by their messages, so that their generated code is linked.
std::set<const FileDescriptor*> served_files() {
  std::set<const FileDescriptor*> files{
      grpc::health::v1::HealthCheckRequest::descriptor()->file(),
      ServerReflectionRequest::descriptor()->file(),
      grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file()};
  for (const Endpoint& endpoint : endpoints()) files.insert(endpoint.new_request()->GetDescriptor()->file());
  return files;
}

void set_error(int code, const std::string& message, ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(message);
}

// The file that was asked for comes first: there is where many clients look for it.
void add_with_imports(const FileDescriptor& file, std::set<const FileDescriptor*>& added,
                      grpc::reflection::v1::FileDescriptorResponse& into) {
  if (!added.insert(&file).second) return;
  google::protobuf::FileDescriptorProto text;
  file.CopyTo(&text);
  into.add_file_descriptor_proto(text.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) add_with_imports(*file.dependency(i), added, into);
}

void answer_file(const FileDescriptor* file, ServerReflectionResponse& response) {
  if (file == nullptr) return set_error(kNotFound, "there is no such file, symbol or extension", response);
  std::set<const FileDescriptor*> added;
  add_with_imports(*file, added, *response.mutable_file_descriptor_response());
}

const FileDescriptor* file_of_extension(const grpc::reflection::v1::ExtensionRequest& request) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const auto* type = pool.FindMessageTypeByName(request.containing_type());
  if (type == nullptr) return nullptr;
  const auto* extension = pool.FindExtensionByNumber(type, request.extension_number());
  return extension == nullptr ? nullptr : extension->file();
}

void answer_extensions(const std::string& name, ServerReflectionResponse& response) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const auto* type = pool.FindMessageTypeByName(name);
  if (type == nullptr) return set_error(kNotFound, "there is no such type", response);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool.FindAllExtensions(type, &extensions);
  auto& answer = *response.mutable_all_extension_numbers_response();
  answer.set_base_type_name(name);
  for (const auto* extension : extensions) answer.add_extension_number(extension->number());
}

}  // namespace

const std::vector<std::string_view>& served_services() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names;
    for (const FileDescriptor* file : served_files())
      for (int i = 0; i < file->service_count(); ++i) names.emplace_back(file->service(i)->full_name());
    std::ranges::sort(names);
    return names;
  }();
  return all;
}

bool is_served(std::string_view service) {
  return std::ranges::binary_search(served_services(), service);
}

ServerReflectionResponse reflect(const ServerReflectionRequest& request) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      answer_file(pool.FindFileByName(request.file_by_filename()), response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      answer_file(pool.FindFileContainingSymbol(request.file_containing_symbol()), response);
      break;
    case ServerReflectionRequest::kFileContainingExtension:
      answer_file(file_of_extension(request.file_containing_extension()), response);
      break;
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      answer_extensions(request.all_extension_numbers_of_type(), response);
      break;
    case ServerReflectionRequest::kListServices:
      for (const std::string_view name : served_services())
        response.mutable_list_services_response()->add_service()->set_name(std::string(name));
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      set_error(kInvalidArgument, "the request asks for nothing", response);
      break;
  }
  return response;
}

awaitable<void> serve_reflection(GrpcStream& stream) {
  while (true) {
    ServerReflectionRequest request;
    const auto read = co_await stream.read(request);
    if (const auto* failure = std::get_if<Failure>(&read)) co_return stream.end(*failure);
    if (!std::get<bool>(read)) co_return stream.end();
    co_await stream.write(reflect(request));
  }
}

}  // namespace usermeta
