// gRPC and gRPC-Web: frames, packing, timeouts, statuses.

#include "http/grpc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/base64.hpp"
#include "http/grpc_frame.hpp"
#include "http/grpc_web.hpp"
#include "http/gzip.hpp"
#include "tests/http/wire.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string kSetPath = "/zitadel.management.v1.ManagementService/SetUserMetadata";

TEST(GrpcFrame, IsOneMessageWithItsLengthInFront) {
  std::string bytes;
  append_frame(bytes, {kCompressed, "abc"});
  EXPECT_EQ(bytes, "\x01\0\0\0\x03"s + "abc");
  const Frame frame = std::get<Frame>(only_frame(bytes));
  EXPECT_EQ(frame.flags, kCompressed);
  EXPECT_EQ(frame.payload, "abc");
  EXPECT_EQ(std::get<Frame>(only_frame("\0\0\0\0\0"s)).payload, "");
}

TEST(GrpcFrame, RefusesAllButOne) {
  struct Row {
    std::string body;
    int code;
  };
  for (const Row& row : {Row{"", kUnimplemented},
                         {"\0"s, kInternal},
                         {"\0\0\0\0"s, kInternal},
                         {"\0\0\0\0\x02x"s, kInternal},
                         {"\0\xff\xff\xff\xffx"s, kInternal},
                         {"\0\0\0\0\x01xy"s, kUnimplemented},
                         {"\0\0\0\0\0\0\0\0\0\0"s, kUnimplemented},
                         {"\x02\0\0\0\0"s, kInternal},
                         {"\x80\0\0\0\0"s, kInternal}}) {
    const auto read = only_frame(row.body);
    ASSERT_TRUE(std::holds_alternative<Failure>(read)) << testing::PrintToString(row.body);
    EXPECT_EQ(std::get<Failure>(read).code, row.code) << testing::PrintToString(row.body);
  }
}

TEST(Grpc, ReadsTimeouts) {
  EXPECT_EQ(parse_grpc_timeout("1H"), 1h);
  EXPECT_EQ(parse_grpc_timeout("2M"), 2min);
  EXPECT_EQ(parse_grpc_timeout("3S"), 3s);
  EXPECT_EQ(parse_grpc_timeout("100m"), 100ms);
  EXPECT_EQ(parse_grpc_timeout("7u"), 7us);
  EXPECT_EQ(parse_grpc_timeout("99999999n"), 99'999us);
  EXPECT_EQ(parse_grpc_timeout("99999999H"), 99'999'999h);
  EXPECT_EQ(parse_grpc_timeout("0m"), 0us);
  for (const char* text :
       {"", "1", "m", "1s", "-1m", "+1m", " 1m", "1 m", "1.5S", "100000000m", "1mm", "0x1m"})
    EXPECT_FALSE(parse_grpc_timeout(text)) << text;
}

TEST(Grpc, StatusesAreEscapedAndDetailed) {
  EXPECT_EQ(grpc_status().find("grpc-status"), "0");
  EXPECT_FALSE(grpc_status().find("grpc-message"));
  const Fields plain = grpc_status({3, "", "100% of \u00e9\r\n"});
  EXPECT_EQ(plain.find("grpc-status"), "3");
  EXPECT_EQ(plain.find("grpc-message"), "100%25 of %C3%A9%0D%0A");
  EXPECT_FALSE(plain.find("grpc-status-details-bin"));
  const Fields detailed = grpc_status({9, "A", "b"});
  EXPECT_EQ(detailed.find("grpc-message"), "b (A)");
  // By hand: code = 9, message = "b (A)", details = Any {type_url, value = ErrorDetail {"A", "b"}}.
  const std::string type = "type.googleapis.com/zitadel.v1.ErrorDetail";
  const std::string any = "\x0a\x2a" + type + "\x12\x06\x0a\x01" + "A" + "\x12\x01" + "b";
  const std::string status = "\x08\x09\x12\x05" + "b (A)"s + "\x1a" + static_cast<char>(any.size()) + any;
  const std::string sent(detailed.find("grpc-status-details-bin").value_or(""));
  EXPECT_EQ(from_base64(sent), status);
  EXPECT_EQ(sent.find('='), std::string::npos);
}

TEST(GrpcWeb, ReadsBase64InPieces) {
  EXPECT_EQ(from_grpc_web_text(""), "");
  EXPECT_EQ(from_grpc_web_text("YWJj"), "abc");
  EXPECT_EQ(from_grpc_web_text("YQ==Yg==Y2Q=ZWZn"), "abcdefg");
  EXPECT_EQ(from_grpc_web_text("YWJjYQ=="), "abca");
  EXPECT_EQ(from_grpc_web_text("YQ==YQ"), "aa");
  for (const char* text : {"=", "====", "Y", "YQ=", "YQ===", "YQ==YQ=", "Y*==", "YWJj\n", "YQ== YQ=="})
    EXPECT_FALSE(from_grpc_web_text(text)) << text;
}

TEST(GrpcWeb, EndsWithItsTrailers) {
  HttpResponse response;
  response.body = "x";
  Fields trailers;
  trailers.add("grpc-status", "0");
  end_grpc_web(response, trailers, false);
  EXPECT_EQ(response.body, "x\x80\0\0\0\x10grpc-status: 0\r\n"s);
  HttpResponse text;
  end_grpc_web(text, trailers, true);
  EXPECT_EQ(text.body, to_base64("\x80\0\0\0\x10grpc-status: 0\r\n"s));
}

class GrpcTest : public testing::Test {
 protected:
  static constexpr const char* type = "application/grpc";

  management::SetUserMetadataRequest set(const std::string& value = "v") const {
    management::SetUserMetadataRequest request;
    request.set_id(service.admin_id);
    request.set_key("k");
    request.set_value(value);
    return request;
  }
  WholeService::Answer send(const std::string& body, WholeService::HeaderFields fields = {},
                            const std::string& procedure = kSetPath) {
    fields.emplace_back("content-type", type);
    return service.ask("POST", procedure, body, fields);
  }
  std::string outcome(const std::string& body, const WholeService::HeaderFields& fields = {}) {
    return wire_answer(type, send(body, fields)).outcome();
  }

  WholeService service;
};

TEST_F(GrpcTest, StatusIsInTheTrailers) {
  const auto answer = send(framed(set().SerializeAsString()));
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.trailer("grpc-status"), "0");
  EXPECT_EQ(answer.field("grpc-status"), "(none)");
  service.token.clear();
  const auto refused = send(framed(set().SerializeAsString()));
  EXPECT_EQ(refused.status, 200U);
  EXPECT_EQ(refused.trailer("grpc-status"), "16");
  EXPECT_EQ(refused.body, "");
}

TEST_F(GrpcTest, BytesThatAreNoMessageAreInvalid) {
  EXPECT_EQ(outcome(""), "12");
  EXPECT_EQ(outcome("\0\0\0\0\x05x"s), "13");
  EXPECT_EQ(outcome(framed("\x0a\x05x")), "3");
  EXPECT_EQ(outcome(framed("\x0a\x01\xff")), "3");
  EXPECT_EQ(outcome(framed(set().SerializeAsString()) + framed("")), "12");
  const auto text =
      service.ask("POST", kSetPath, "no base64!", {{"content-type", "application/grpc-web-text"}});
  EXPECT_EQ(wire_answer("application/grpc-web-text", text).outcome(), "3");
}

TEST_F(GrpcTest, MessagesMayBePacked) {
  const std::string bytes = set().SerializeAsString();
  EXPECT_EQ(outcome(framed(gzip(bytes), 1), {{"grpc-encoding", "gzip"}}), "0");
  EXPECT_EQ(outcome(framed(bytes), {{"grpc-encoding", "gzip"}}), "0");
  EXPECT_EQ(outcome(framed(bytes), {{"grpc-encoding", "identity"}}), "0");
  EXPECT_EQ(outcome(framed(bytes, 1)), "13");
  EXPECT_EQ(outcome(framed(bytes, 1), {{"grpc-encoding", "gzip"}}), "13");
  const auto unknown = send(framed(bytes), {{"grpc-encoding", "br"}});
  EXPECT_EQ(wire_answer(type, unknown).outcome(), "12");
  EXPECT_EQ(unknown.field("grpc-accept-encoding"), "gzip");
}

TEST_F(GrpcTest, MessagesMayHave4MiBUnpacked) {
  const auto sent = [&](std::size_t size) {
    return outcome(framed(gzip(set(std::string(size, 'v')).SerializeAsString()), 1),
                   {{"grpc-encoding", "gzip"}});
  };
  EXPECT_EQ(sent(500'000), "0");
  EXPECT_EQ(sent(4'000'000), "3");
  EXPECT_EQ(sent(std::size_t{4} << 20), "8");
  EXPECT_EQ(outcome(framed(std::string((std::size_t{4} << 20) + 1, ' '))), "8");
}

TEST_F(GrpcTest, AMessageMayHave4MiBHoweverItIsFramed) {
  const std::string whole = set().SerializeAsString();
  // Filled up with a field that nobody knows: tag (2 bytes), length (4 bytes), content.
  const auto of_size = [&](std::size_t size) {
    const std::size_t rest = size - whole.size() - 6;
    std::string bytes = whole + "\xa2\x06";
    for (const int shift : {0, 7, 14, 21})
      bytes += static_cast<char>((rest >> shift & 0x7F) | (shift < 21 ? 0x80 : 0));
    return framed(bytes.append(rest, 'x'));
  };
  const std::size_t most = std::size_t{4} << 20;
  EXPECT_EQ(outcome(of_size(most)), "0");
  EXPECT_EQ(outcome(of_size(most + 1)), "8");
  const std::string text_type = "application/grpc-web-text";
  const auto text = [&](const std::string& body) {
    return wire_answer(text_type,
                       service.ask("POST", kSetPath, to_base64(body), {{"content-type", text_type}}))
        .outcome();
  };
  EXPECT_EQ(text(of_size(most)), "0");
  EXPECT_EQ(text(of_size(most + 1)), "8");
}

TEST_F(GrpcTest, LargeAnswersArePackedForThoseWhoTakeIt) {
  outcome(framed(set(std::string(5000, 'v')).SerializeAsString()));
  management::GetUserMetadataRequest get;
  get.set_id(service.admin_id);
  get.set_key("k");
  const std::string procedure = "/zitadel.management.v1.ManagementService/GetUserMetadata";
  const auto ask = [&](const WholeService::HeaderFields& fields) {
    return send(framed(get.SerializeAsString()), fields, procedure);
  };
  const auto packed = ask({{"grpc-accept-encoding", "identity, gzip"}});
  EXPECT_EQ(packed.field("grpc-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 1000U);
  const auto plain = ask({});
  EXPECT_EQ(plain.field("grpc-encoding"), "(none)");
  EXPECT_EQ(wire_answer(type, packed).payload, wire_answer(type, plain).payload);
  EXPECT_EQ(ask({{"grpc-accept-encoding", "identity"}}).body, plain.body);
  const auto small =
      send(framed(set().SerializeAsString()), {{"grpc-accept-encoding", "gzip"}}).field("grpc-encoding");
  EXPECT_EQ(small, "(none)");
}

TEST_F(GrpcTest, ACallWhoseTimeIsOverIsNotStarted) {
  EXPECT_EQ(outcome(framed(set().SerializeAsString()), {{"grpc-timeout", "1n"}}), "4");
  EXPECT_EQ(service.ask("GET", "/management/v1/users/" + service.admin_id + "/metadata/k").status, 404U);
  EXPECT_EQ(outcome(framed(set().SerializeAsString()), {{"grpc-timeout", "20S"}}), "0");
  EXPECT_EQ(outcome(framed(set().SerializeAsString()), {{"grpc-timeout", "99999999H"}}), "0");
  EXPECT_EQ(outcome(framed(set().SerializeAsString()), {{"grpc-timeout", "soon"}}), "3");
}

TEST_F(GrpcTest, TheClientsTimeBeginsWithTheHeader) {
  HttpRequest request = service.request("POST", kSetPath, framed(set().SerializeAsString()),
                                        {{"content-type", "application/grpc"}, {"grpc-timeout", "5S"}});
  request.begun -= 6s;
  EXPECT_EQ(service.ask_all({request}).front().trailer("grpc-status"), "4");
  EXPECT_EQ(service.ask("GET", "/management/v1/users/" + service.admin_id + "/metadata/k").status, 404U);
}

TEST_F(GrpcTest, AnAnswerAfterTheDeadlineIsNone) {
  const auto end = std::chrono::steady_clock::now() + 50ms;
  service.next_id = [end]() -> std::string {
    while (std::chrono::steady_clock::now() < end + 50ms) {
    }
    return "123456789012345678";
  };
  management::AddOrgRequest org;
  org.set_name("a");
  const auto answer = send(framed(org.SerializeAsString()), {{"grpc-timeout", "50m"}},
                           "/zitadel.management.v1.ManagementService/AddOrg");
  EXPECT_EQ(wire_answer(type, answer).outcome(), "4");
}

TEST_F(GrpcTest, TakesBase64InPieces) {
  const std::string bytes = framed(set().SerializeAsString());
  const std::string body = to_base64(bytes.substr(0, 4)) + to_base64(bytes.substr(4));
  const auto answer = service.ask("POST", kSetPath, body, {{"content-type", "application/grpc-web-text"}});
  EXPECT_EQ(wire_answer("application/grpc-web-text", answer).outcome(), "0");
}

}  // namespace
}  // namespace usermeta
