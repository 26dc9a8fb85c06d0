// grpc++, gRPC's own C++ library, against a service that runs. In the environment: USERMETA_ADDRESS,
// USERMETA_TOKEN, USERMETA_USER (somebody to set metadata on) and, for TLS, USERMETA_CA (a PEM file).
#pragma once

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <iterator>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zitadel/management.grpc.pb.h"

namespace usermeta {

using namespace zitadel::management::v1;
using namespace std::chrono_literals;
using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;
using ManagementStub = ManagementService::Stub;

inline std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

inline std::shared_ptr<grpc::ChannelCredentials> credentials() {
  const std::string ca = variable("USERMETA_CA");
  if (ca.empty()) return grpc::InsecureChannelCredentials();
  std::ifstream file(ca);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  return grpc::SslCredentials(options);
}

inline std::shared_ptr<grpc::Channel> new_channel(grpc::ChannelArguments arguments = {}) {
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own for each channel
  return grpc::CreateCustomChannel(variable("USERMETA_ADDRESS"), credentials(), arguments);
}

class Grpc : public testing::Test {
 protected:
  // One call of a stub's method; the answer stays in `answer` of the right type.
  template <class Stub, class Request, class Answer>
  Status call(Stub& stub, Status (Stub::*method)(ClientContext*, const Request&, Answer*),
              const Request& request, Answer& answer) {
    ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    if (!org.empty()) context.AddMetadata("x-zitadel-orgid", org);
    context.set_deadline(std::chrono::system_clock::now() + 60s);
    return (stub.*method)(&context, request, &answer);
  }

  template <class Stub, class Request, class Answer>
  Answer done(Stub& stub, Status (Stub::*method)(ClientContext*, const Request&, Answer*),
              const Request& request) {
    Answer answer;
    const Status status = call(stub, method, request, answer);
    EXPECT_TRUE(status.ok()) << status.error_code() << ' ' << status.error_message();
    return answer;
  }

  Status set(const std::string& key, const std::string& value, const std::string& of = "") {
    SetUserMetadataRequest request;
    request.set_id(of.empty() ? user : of);
    request.set_key(key);
    request.set_value(value);
    SetUserMetadataResponse answer;
    return call(*management, &ManagementStub::SetUserMetadata, request, answer);
  }

  std::string get(const std::string& key) {
    GetUserMetadataRequest request;
    request.set_id(user);
    request.set_key(key);
    return done(*management, &ManagementStub::GetUserMetadata, request).metadata().value();
  }

  template <class Request>
  static Request of(const std::string& id) {
    Request request;
    request.set_id(id);
    return request;
  }

  const std::string user = variable("USERMETA_USER");
  std::string token = variable("USERMETA_TOKEN");
  std::string org;
  const std::shared_ptr<grpc::Channel> channel = new_channel();
  const std::unique_ptr<ManagementStub> management = ManagementService::NewStub(channel);
};

}  // namespace usermeta
