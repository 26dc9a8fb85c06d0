#include "tests/http/wire.hpp"

#include <array>
#include <cstdlib>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "events/base64.hpp"
#include "google/rpc/status.pb.h"
#include "http/gzip.hpp"
#include "http/json_codec.hpp"
#include "zitadel/object.pb.h"

namespace usermeta {
namespace {

bool is_json(const std::string& content_type) {
  return content_type.ends_with("json");
}

std::string gunzipped(std::string_view bytes) {
  return std::get<std::string>(gunzip(bytes, 100'000'000));
}

struct WireFrame {
  int flags = 0;
  std::string payload;
};

std::vector<WireFrame> frames_of(std::string_view bytes) {
  std::vector<WireFrame> frames;
  while (bytes.size() >= 5) {
    std::size_t length = 0;
    for (int i = 1; i < 5; ++i) length = length * 256 + static_cast<unsigned char>(bytes[i]);
    const auto flags = static_cast<unsigned char>(bytes[0]);
    frames.push_back({flags, std::string(bytes.substr(5, length))});
    bytes.remove_prefix(std::min(5 + length, bytes.size()));
  }
  EXPECT_EQ(bytes, "") << "half a frame";
  return frames;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
    i += 2;
  }
  return out;
}

void read_detail(const google::protobuf::Any& any, WireAnswer& into) {
  zitadel::v1::ErrorDetail detail;
  EXPECT_TRUE(any.UnpackTo(&detail));
  into.id = detail.id();
  EXPECT_EQ(into.message, detail.message() + " (" + detail.id() + ")");
}

void read_status(const Fields& trailers, WireAnswer& into) {
  into.code = std::atoi(std::string(trailers.find("grpc-status").value_or("-1")).c_str());
  into.message = percent_decoded(trailers.find("grpc-message").value_or(""));
  const auto details = trailers.find("grpc-status-details-bin");
  if (!details) return;
  google::rpc::Status status;
  EXPECT_TRUE(status.ParseFromString(from_base64(*details).value_or("?")));
  EXPECT_EQ(status.code(), into.code);
  EXPECT_EQ(status.message(), into.message);
  ASSERT_EQ(status.details_size(), 1);
  read_detail(status.details(0), into);
}

Fields trailers_of(std::string_view lines) {
  Fields fields;
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::size_t colon = lines.find(": ");
    EXPECT_LT(colon, end) << lines;
    EXPECT_NE(end, std::string_view::npos) << lines;
    if (end == std::string_view::npos || colon > end) break;
    fields.add(lines.substr(0, colon), lines.substr(colon + 2, end - colon - 2));
    lines.remove_prefix(end + 2);
  }
  return fields;
}

WireAnswer grpc_answer_of(const std::string& content_type, const WholeService::Answer& answer) {
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.field("content-type"), content_type);
  const bool web = content_type.find("-web") != std::string::npos;
  std::string body = answer.body;
  if (content_type.find("-text") != std::string::npos) body = from_base64(body).value_or("?");
  auto frames = frames_of(body);
  Fields trailers = answer.trailers;
  if (web) {
    EXPECT_TRUE(trailers.empty());
    EXPECT_TRUE(!frames.empty() && frames.back().flags == 0x80);
    if (frames.empty()) return {};
    trailers = trailers_of(frames.back().payload);
    frames.pop_back();
  }
  WireAnswer read;
  read_status(trailers, read);
  EXPECT_EQ(frames.size(), read.code == 0 ? 1U : 0U);
  if (frames.empty()) return read;
  EXPECT_EQ(frames[0].flags == 1, answer.field("grpc-encoding") == "gzip");
  read.payload = frames[0].flags == 1 ? gunzipped(frames[0].payload) : frames[0].payload;
  return read;
}

WireAnswer connect_answer_of(const std::string& content_type, const WholeService::Answer& answer) {
  constexpr std::array<std::string_view, 17> names{
      "",          "canceled",       "unknown",           "invalid_argument",   "deadline_exceeded",
      "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
      "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
      "data_loss", "unauthenticated"};
  WireAnswer read;
  if (answer.status == 200) {
    EXPECT_EQ(answer.field("content-type"), content_type);
    read.code = 0;
    read.payload = answer.field("content-encoding") == "gzip" ? gunzipped(answer.body) : answer.body;
    return read;
  }
  EXPECT_EQ(answer.field("content-type"), "application/json");
  const std::string name = answer.text("/code");
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) read.code = static_cast<int>(i);
  read.message = answer.text("/message");
  if (!answer.json.as_object().contains("details")) return read;
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/" + answer.text("/details/0/type"));
  const std::string value = answer.text("/details/0/value");
  EXPECT_EQ(value.find('='), std::string::npos);
  any.set_value(from_base64(value).value_or("?"));
  read_detail(any, read);
  return read;
}

}  // namespace

const std::vector<std::string>& wire_content_types() {
  static const std::vector<std::string> types{
      "application/json",           "application/proto",
      "application/grpc",           "application/grpc+proto",
      "application/grpc+json",      "application/grpc-web",
      "application/grpc-web+proto", "application/grpc-web+json",
      "application/grpc-web-text",  "application/grpc-web-text+proto"};
  return types;
}

std::string framed(std::string_view payload, char flags) {
  std::string out{flags};
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(payload.size() >> shift);
  return out.append(payload);
}

std::string wire_body(const std::string& content_type, const google::protobuf::Message& request) {
  const std::string bytes = is_json(content_type) ? encode_json(request) : request.SerializeAsString();
  if (!content_type.starts_with("application/grpc")) return bytes;
  return content_type.find("-text") == std::string::npos ? framed(bytes) : to_base64(framed(bytes));
}

WireAnswer wire_answer(const std::string& content_type, const WholeService::Answer& answer) {
  return content_type.starts_with("application/grpc") ? grpc_answer_of(content_type, answer)
                                                      : connect_answer_of(content_type, answer);
}

WireAnswer ask_wire(WholeService& service, const std::string& content_type, const std::string& procedure,
                    const google::protobuf::Message& request, const WholeService::HeaderFields& fields) {
  WholeService::HeaderFields all{{"content-type", content_type}};
  all.insert(all.end(), fields.begin(), fields.end());
  return wire_answer(content_type, service.ask("POST", procedure, wire_body(content_type, request), all));
}

}  // namespace usermeta
