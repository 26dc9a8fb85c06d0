#include "tests/connect_conformance/conformance_service.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "conformance.pb.h"
#include "http/target.hpp"
#include "http/unserved.hpp"
#include "http/wire_format.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace suite = connectrpc::conformance::v1;
using Headers = google::protobuf::RepeatedPtrField<suite::Header>;
using RequestInfo = suite::ConformancePayload::RequestInfo;
using std::chrono::microseconds;

constexpr std::string_view kUnary = "/connectrpc.conformance.v1.ConformanceService/Unary";

void add_all(Fields& fields, const Headers& headers) {
  for (const auto& header : headers) {
    std::string name = header.name();
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const std::string& value : header.value()) fields.add(name, value);
  }
}

RequestInfo info_of(const HttpRequest& request, const suite::UnaryRequest& message,
                    std::optional<microseconds> timeout) {
  RequestInfo info;
  for (const auto& [name, value] : request.fields) {
    auto& headers = *info.mutable_request_headers();
    auto header = std::ranges::find(headers, name, &suite::Header::name);
    if (header == headers.end()) {
      headers.Add()->set_name(std::string(name));
      header = headers.end() - 1;
    }
    header->add_value(std::string(value));
  }
  if (timeout) info.set_timeout_ms(std::chrono::floor<std::chrono::milliseconds>(*timeout).count());
  info.add_requests()->PackFrom(message);
  return info;
}

FailureDetail detail_of(const google::protobuf::Any& any) {
  return {any.type_url().substr(any.type_url().rfind('/') + 1), any.value()};
}

Failure failure_of(const suite::Error& error, const RequestInfo& info) {
  Failure failure{error.code(), {}, error.message()};
  for (const auto& detail : error.details()) failure.details.push_back(detail_of(detail));
  failure.details.push_back({info.GetTypeName(), info.SerializeAsString()});
  return failure;
}

}  // namespace

std::optional<HttpResponse> ConformanceService::answer_header(const HttpRequest& request) {
  const WireFormat* format = procedure_format(request.fields.find("content-type"));
  const bool known = split_target(request.target).path == kUnary;
  return unserved_procedure(format, known, request);
}

asio::awaitable<HttpResponse> ConformanceService::answer(HttpRequest request) {
  const WireFormat& format = *procedure_format(request.fields.find("content-type"));
  const auto given = client_timeout(format, request.fields);
  if (const auto* wrong = std::get_if<Failure>(&given)) co_return write_failure(format, *wrong);
  const auto timeout = std::get<std::optional<microseconds>>(given);

  suite::UnaryRequest message;
  if (const auto wrong = read_body(format, request, message, message_limit_))
    co_return write_failure(format, *wrong);
  const auto& wanted = message.response_definition();

  const microseconds delay = std::chrono::milliseconds(wanted.response_delay_ms());
  const bool late = timeout && *timeout < delay;
  if (delay.count() > 0) {
    asio::steady_timer timer(co_await asio::this_coro::executor, late ? *timeout : delay);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (late) co_return write_failure(format, {kDeadlineExceeded, {}, "the answer would come too late"});

  const RequestInfo info = info_of(request, message, timeout);
  Fields trailers;
  add_all(trailers, wanted.response_trailers());
  HttpResponse response;
  if (wanted.has_error()) {
    response = write_failure(format, failure_of(wanted.error(), info), trailers);
  } else {
    suite::UnaryResponse answer;
    answer.mutable_payload()->set_data(wanted.response_data());
    *answer.mutable_payload()->mutable_request_info() = info;
    response = write_answer(format, request, answer, trailers);
  }
  add_all(response.fields, wanted.response_headers());
  co_return response;
}

HttpResponse ConformanceService::refuse(const HttpRequest&, const Rejection& why) {
  HttpResponse response = write_failure(kRest, {why.code, {}, std::string(why.message)});
  response.status = why.status;
  return response;
}

}  // namespace usermeta
