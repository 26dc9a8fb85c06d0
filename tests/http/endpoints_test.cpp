#include "http/endpoints.hpp"

#include <set>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

using google::protobuf::FieldDescriptor;

struct Call {
  std::string_view method, path;
  std::string request;  // the message's name, which names the call
  Source source;
  Placeholders placeholders;
};

const std::string kManagementV1 = "zitadel.management.v1.";
const std::string kUserV2 = "zitadel.user.v2.";
const std::string kAdminV1 = "zitadel.admin.v1.";

// tripwire: one table, a row a call
const std::vector<Call>& documented_calls() {
  using enum Source;
  static const std::vector<Call> calls{
      {"POST",
       "/management/v1/users/7/metadata/k",
       kManagementV1 + "SetUserMetadata",
       body,
       {{"id", "7"}, {"key", "k"}}},
      {"POST",
       "/management/v1/users/7/metadata/_bulk",
       kManagementV1 + "BulkSetUserMetadata",
       body,
       {{"id", "7"}}},
      {"POST",
       "/management/v1/users/7/metadata/_search",
       kManagementV1 + "ListUserMetadata",
       body,
       {{"id", "7"}}},
      {"GET",
       "/management/v1/users/7/metadata/k",
       kManagementV1 + "GetUserMetadata",
       path_only,
       {{"id", "7"}, {"key", "k"}}},
      {"DELETE",
       "/management/v1/users/7/metadata/k",
       kManagementV1 + "RemoveUserMetadata",
       path_only,
       {{"id", "7"}, {"key", "k"}}},
      {"DELETE",
       "/management/v1/users/7/metadata/_bulk",
       kManagementV1 + "BulkRemoveUserMetadata",
       body,
       {{"id", "7"}}},
      {"POST", "/management/v1/users/human/_import", kManagementV1 + "ImportHumanUser", body, {}},
      {"POST", "/management/v1/users/human", kManagementV1 + "AddHumanUser", body, {}},
      {"POST", "/management/v1/users/machine", kManagementV1 + "AddMachineUser", body, {}},
      {"POST", "/management/v1/users/7/_deactivate", kManagementV1 + "DeactivateUser", body, {{"id", "7"}}},
      {"POST", "/management/v1/users/7/_reactivate", kManagementV1 + "ReactivateUser", body, {{"id", "7"}}},
      {"POST", "/management/v1/users/7/_lock", kManagementV1 + "LockUser", body, {{"id", "7"}}},
      {"POST", "/management/v1/users/7/_unlock", kManagementV1 + "UnlockUser", body, {{"id", "7"}}},
      {"DELETE", "/management/v1/users/7", kManagementV1 + "RemoveUser", path_only, {{"id", "7"}}},
      {"POST",
       "/management/v1/users/7/pats",
       kManagementV1 + "AddPersonalAccessToken",
       body,
       {{"user_id", "7"}}},
      {"DELETE",
       "/management/v1/users/7/pats/8",
       kManagementV1 + "RemovePersonalAccessToken",
       path_only,
       {{"user_id", "7"}, {"token_id", "8"}}},
      {"POST", "/management/v1/orgs", kManagementV1 + "AddOrg", body, {}},
      {"POST", "/management/v1/orgs/me/members", kManagementV1 + "AddOrgMember", body, {}},
      {"DELETE",
       "/management/v1/orgs/me/members/7",
       kManagementV1 + "RemoveOrgMember",
       path_only,
       {{"user_id", "7"}}},
      {"GET", "/management/v1/healthz", kManagementV1 + "Healthz", path_only, {}},
      {"POST", "/admin/v1/members", kAdminV1 + "AddIAMMember", body, {}},
      {"DELETE", "/admin/v1/members/7", kAdminV1 + "RemoveIAMMember", path_only, {{"user_id", "7"}}},
      {"POST", "/admin/v1/events/_search", kAdminV1 + "ListEvents", body, {}},
      {"GET", "/usermeta/v1/events", "usermeta.v1.ListEvents", parameters, {}},
      {"GET", "/usermeta/v1/events/7", "usermeta.v1.GetEvent", path_only, {{"position", "7"}}},
      {"GET", "/usermeta/v1/users/7/history", "usermeta.v1.ListHistory", parameters, {{"id", "7"}}},
      {"GET", "/usermeta/v1/users/7/metadata", "usermeta.v1.ListMetadataAt", parameters, {{"id", "7"}}},
      {"GET",
       "/usermeta/v1/users/7/metadata/k",
       "usermeta.v1.GetMetadataAt",
       parameters,
       {{"id", "7"}, {"key", "k"}}},
      {"POST", "/usermeta/v1/users/7/metadata/_erase", "usermeta.v1.EraseValues", body, {{"id", "7"}}},
      {"GET", "/admin/v1/healthz", kAdminV1 + "Healthz", path_only, {}},
      {"POST", "/v2/users/7/metadata", kUserV2 + "SetUserMetadata", body, {{"user_id", "7"}}},
      {"POST", "/v2/users/7/metadata/search", kUserV2 + "ListUserMetadata", body, {{"user_id", "7"}}},
      {"DELETE", "/v2/users/7/metadata", kUserV2 + "DeleteUserMetadata", Source::query, {{"user_id", "7"}}},
  };
  return calls;
}

// What a path or a query can say: a text or a number.
bool takes_text(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_STRING || field.type() == FieldDescriptor::TYPE_UINT64 ||
         field.type() == FieldDescriptor::TYPE_UINT32;
}

TEST(Endpoints, HaveEveryDocumentedCall) {
  for (const Call& call : documented_calls()) {
    const Route route = find_route(call.method, call.path);
    ASSERT_TRUE(route.endpoint) << call.method << " " << call.path;
    EXPECT_EQ(route.endpoint->new_request()->GetTypeName(), call.request + "Request") << call.path;
    EXPECT_EQ(route.endpoint->source, call.source) << call.path;
    EXPECT_EQ(route.placeholders, call.placeholders) << call.path;
    EXPECT_EQ(route.allow, "") << call.path;
  }
}

TEST(Endpoints, AreAllDocumented) {
  EXPECT_EQ(endpoints().size(), documented_calls().size());
}

// Every rpc of our .proto files is served, and every call is an rpc; those that stream are routed by
// themselves.
TEST(Endpoints, AreTheProceduresOfTheProtoFiles) {
  std::set<std::string> served;
  std::set<const google::protobuf::FileDescriptor*> files;
  for (const Endpoint& endpoint : endpoints()) {
    const std::string procedure = procedure_of(endpoint);
    EXPECT_TRUE(served.insert(procedure).second) << procedure;
    EXPECT_EQ(find_procedure(procedure), &endpoint);
    EXPECT_TRUE(is_procedure_path(procedure)) << procedure;
    files.insert(endpoint.new_request()->GetDescriptor()->file());
  }
  std::set<std::string> written;
  for (const auto* file : files)
    for (int i = 0; i < file->service_count(); ++i)
      for (int j = 0; j < file->service(i)->method_count(); ++j)
        if (!file->service(i)->method(j)->server_streaming())
          written.insert("/" + file->service(i)->full_name() + "/" + file->service(i)->method(j)->name());
  EXPECT_EQ(served, written);
  EXPECT_TRUE(served.contains("/zitadel.management.v1.ManagementService/SetUserMetadata"));
  EXPECT_TRUE(served.contains("/zitadel.user.v2.UserService/SetUserMetadata"));
}

TEST(Endpoints, NoRestPathLooksLikeAProcedure) {
  for (const Endpoint& endpoint : endpoints())
    EXPECT_FALSE(is_procedure_path(endpoint.path)) << endpoint.path;
  for (const char* path : {"", "/", "/a.b", "/a.b/", "/a/b", "/a.b/c/d", "a.b/c", "/debug/healthz", "//a.b"})
    EXPECT_FALSE(is_procedure_path(path)) << path;
  EXPECT_TRUE(is_procedure_path("/a.B/C"));
  EXPECT_FALSE(find_procedure("/a.B/C"));
}

// Its pattern with something in every placeholder leads to no other: literals stand before placeholders.
TEST(Endpoints, AreFoundByTheirOwnPattern) {
  for (const Endpoint& endpoint : endpoints()) {
    std::string path(endpoint.path);
    for (std::size_t open = 0; (open = path.find('{', open)) != std::string::npos;)
      path.replace(open, path.find('}', open) + 1 - open, "x");
    EXPECT_EQ(find_route(endpoint.method, path).endpoint, &endpoint) << endpoint.method << " " << path;
  }
}

TEST(Endpoints, FillPlaceholdersIntoFieldsOfTheirMessages) {
  for (const Endpoint& endpoint : endpoints()) {
    const MessagePtr request = endpoint.new_request();
    for (const auto& [name, segment] : find_route(endpoint.method, endpoint.path).placeholders) {
      const auto* field = request->GetDescriptor()->FindFieldByName(std::string(name));
      ASSERT_TRUE(field) << endpoint.path << " " << name;
      EXPECT_TRUE(takes_text(*field)) << endpoint.path << " " << name;
      EXPECT_FALSE(field->is_repeated()) << endpoint.path << " " << name;
      EXPECT_EQ(segment, "{" + std::string(name) + "}");
    }
  }
}

// A query fills text fields only, where it is not read strictly, and a call without a body has no way to fill
// what its path does not.
TEST(Endpoints, CanHaveEveryFieldFilled) {
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.source == Source::body) continue;
    const MessagePtr request = endpoint.new_request();
    const auto placeholders = find_route(endpoint.method, endpoint.path).placeholders.size();
    const auto* descriptor = request->GetDescriptor();
    if (endpoint.source == Source::path_only) {
      EXPECT_EQ(static_cast<std::size_t>(descriptor->field_count()), placeholders) << endpoint.path;
    }
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const auto& field = *descriptor->field(i);
      if (endpoint.source == Source::query)
        EXPECT_EQ(field.type(), FieldDescriptor::TYPE_STRING) << field.full_name();
      else
        EXPECT_TRUE(takes_text(field) || field.type() == FieldDescriptor::TYPE_BOOL) << field.full_name();
    }
  }
}

TEST(Endpoints, PreferLiteralsOnlyWhereTheMethodFits) {
  const auto called = [](std::string_view method, std::string_view path) {
    const Route route = find_route(method, path);
    return route.endpoint ? route.endpoint->new_request()->GetTypeName() : std::string();
  };
  EXPECT_EQ(called("GET", "/management/v1/users/7/metadata/_bulk"), kManagementV1 + "GetUserMetadataRequest");
  EXPECT_EQ(called("DELETE", "/management/v1/users/7/metadata/_search"),
            kManagementV1 + "RemoveUserMetadataRequest");
  EXPECT_EQ(called("DELETE", "/management/v1/users/human"), kManagementV1 + "RemoveUserRequest");
  EXPECT_EQ(called("POST", "/management/v1/users/machine/_lock"), kManagementV1 + "LockUserRequest");
  // An escaped literal is a key like any other.
  EXPECT_EQ(called("POST", "/management/v1/users/7/metadata/%5Fbulk"),
            kManagementV1 + "SetUserMetadataRequest");
}

TEST(Endpoints, AnswerHeadWhereGetIs) {
  for (const char* path :
       {"/management/v1/healthz", "/admin/v1/healthz", "/management/v1/users/7/metadata/k"})
    EXPECT_EQ(find_route("HEAD", path).endpoint, find_route("GET", path).endpoint) << path;
  EXPECT_FALSE(find_route("HEAD", "/management/v1/orgs").endpoint);
}

TEST(Endpoints, LeavePlaceholdersAsTheyCame) {
  const Route route = find_route("POST", "/management/v1/users/a%2Fb/metadata/%C3%A9+%zz");
  EXPECT_EQ(route.placeholders, (Placeholders{{"id", "a%2Fb"}, {"key", "%C3%A9+%zz"}}));
}

// Which the limits of ids and keys refuse then.
TEST(Endpoints, TakeAnEmptySegmentForAPlaceholder) {
  EXPECT_EQ(find_route("POST", "/management/v1/users/7/metadata/").placeholders,
            (Placeholders{{"id", "7"}, {"key", ""}}));
  EXPECT_EQ(find_route("GET", "/management/v1/users//metadata/k").placeholders,
            (Placeholders{{"id", ""}, {"key", "k"}}));
  EXPECT_EQ(find_route("DELETE", "/management/v1/users/").placeholders, (Placeholders{{"id", ""}}));
}

TEST(Endpoints, SayWhichMethodsAPathTakes) {
  struct Row {
    std::string_view method, path, allow;
  };
  for (const Row& row : {Row{"PUT", "/management/v1/users/7/metadata/k", "POST, GET, HEAD, DELETE"},
                         {"GET", "/management/v1/orgs", "POST"},
                         {"HEAD", "/management/v1/orgs", "POST"},
                         {"OPTIONS", "/management/v1/orgs", "POST"},
                         {"POST", "/management/v1/healthz", "GET, HEAD"},
                         {"GET", "/management/v1/users/7", "DELETE"},
                         {"GET", "/management/v1/users/human", "POST, DELETE"},
                         {"PATCH", "/management/v1/users/7/metadata/_bulk", "POST, DELETE, GET, HEAD"},
                         {"GET", "/v2/users/7/metadata", "POST, DELETE"},
                         {"GET", "/v2/users/7/metadata/search", "POST"},
                         {"get", "/management/v1/healthz", "GET, HEAD"},
                         {"PUT", "/admin/v1/members/7", "DELETE"}}) {
    const Route route = find_route(row.method, row.path);
    EXPECT_FALSE(route.endpoint) << row.path;
    EXPECT_EQ(route.allow, row.allow) << row.path;
    EXPECT_TRUE(route.placeholders.empty()) << row.path;
  }
}

TEST(Endpoints, DoNotKnowOtherPaths) {
  for (const std::string_view path : {"",
                                      "/",
                                      "*",
                                      "//",
                                      "/management",
                                      "/management/v1",
                                      "/management/v1/",
                                      "/management/v1/nope",
                                      "management/v1/orgs",
                                      "x/management/v1/orgs",
                                      "/Management/v1/orgs",
                                      "/management/v1/orgs/",
                                      "/management/v1/orgs/me",
                                      "/management/v1/orgs/you/members",
                                      "/management/v1/users/7/metadata",
                                      "/management/v1/users/7/metadata/k/",
                                      "/management/v1/users/7/metadata/k/l",
                                      "//management/v1/orgs",
                                      "/management//v1/orgs",
                                      "/management/v1/users/7/met%61data/k",
                                      "/v2/users/7/metadata/",
                                      "/v2/users/7/metadata/k",
                                      "/v2/users/7",
                                      "/debug/healthz",
                                      "/healthz",
                                      "/management/v1/../v1/orgs"})
    for (const std::string_view method : {"GET", "POST", "DELETE", "PUT"}) {
      const Route route = find_route(method, path);
      EXPECT_FALSE(route.endpoint) << method << " " << path;
      EXPECT_EQ(route.allow, "") << method << " " << path;
    }
}

}  // namespace
}  // namespace usermeta
