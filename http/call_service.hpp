#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "http/audit_calls.hpp"
#include "http/byte_budget.hpp"
#include "http/call_record.hpp"
#include "http/client_address.hpp"
#include "http/event_follow.hpp"
#include "http/grpc_health.hpp"
#include "http/routing.hpp"
#include "http/service.hpp"
#include "http/wire_format.hpp"

namespace usermeta {

// One request as it is logged: nothing of its body, its query or its token.
struct RequestRecord {
  std::string method;
  std::string path;  // as it was sent, percent-encoded
  unsigned status = 0;
  std::optional<int> grpc_code;  // in gRPC's formats, whose status is 200 whatever comes of it
  std::chrono::microseconds time{};
  std::string request_id;
  std::string client;
};

// The calls in every wire format: finds the endpoint and the format, reads the message, has the call done,
// writes the answer. gRPC's streamed calls (grpc.health.v1.Health/Watch, server reflection,
// usermeta.v1.EventsService/Follow) are there over HTTP/2; any other format of them, and HTTP/1.1, is
// answered UNIMPLEMENTED. Server-sent events are there over both.
class CallService final : public HttpService {
 public:
  // What is found here; the rest is an unknown path.
  enum class Serves : std::uint8_t { all, calls, debug };  // `debug`: /debug/*; `calls`: all but that

  struct Options {
    Serves serves = Serves::all;
    TrustedProxies trusted_proxies;
    std::chrono::milliseconds call_time{5000};  // then 503 / UNAVAILABLE
    // Of the messages of all calls together, in memory: a few packed bytes may be a large one.
    std::size_t messages_bytes = 256 * 1024 * 1024;
    std::function<std::string()> new_request_id;
    // Whether calls can be served, and why not.
    std::function<boost::asio::awaitable<std::string>()> readiness;
    // What GET /debug/metrics shows, in Prometheus' text format.
    std::function<boost::asio::awaitable<std::string>()> metrics;
    // What GET /debug/status shows, as JSON.
    std::function<boost::asio::awaitable<std::string>()> status;
    std::function<void(const CallRecord&)> on_call;        // of every answer; may be empty
    std::function<void(const RequestRecord&)> on_request;  // of every answer with a header; may be empty
    std::function<void(const std::string&)> on_error;      // what was answered with 500, 503
  };

  CallService(Api& api, EventFollow& follow, AuditCalls& audit, Options options)
      : api_(api),
        follow_(follow),
        audit_(audit),
        options_(std::move(options)),
        messages_(options_.messages_bytes),
        health_(options_.readiness) {}

  std::optional<HttpResponse> answer_header(const HttpRequest& request) override;
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;
  // call_service_streams.cpp
  bool is_streamed(const HttpRequest& request, HttpVersion version) override;
  boost::asio::awaitable<void> serve_stream(HttpRequest head, HttpStream& stream) override;
  HttpResponse refuse(const HttpRequest& request, const Rejection& why) override;

  // How many requests were told so far that too much is under way (429, RESOURCE_EXHAUSTED). Any thread.
  std::uint64_t refused() const { return refused_; }

 private:
  Asked look(const HttpRequest& request) const;
  boost::asio::awaitable<HttpResponse> serve(const Asked& asked, const HttpRequest& request,
                                             const Origin& origin,
                                             std::chrono::steady_clock::time_point begin);
  boost::asio::awaitable<HttpResponse> serve_call(const Asked& asked, const HttpRequest& request,
                                                  const Origin& origin,
                                                  std::chrono::steady_clock::time_point begin);
  // What a call is done with, as it was read.
  struct ReadCall {
    explicit ReadCall(ByteBudget& messages) : share(messages) {}

    MessagePtr message;
    ByteBudget::Share share;
    CallInfo info;
  };
  std::optional<HttpResponse> read_call(const Asked& asked, const HttpRequest& request, const Origin& origin,
                                        std::chrono::steady_clock::time_point begin, ReadCall& call);
  HttpResponse answer_of(const WireFormat& format, const HttpRequest& request,
                         const Result<MessagePtr>& result, std::optional<Position> position);
  boost::asio::awaitable<HttpResponse> serve_debug(Place place);
  boost::asio::awaitable<HttpResponse> serve_audit(const Asked& asked, const HttpRequest& request,
                                                   CallInfo call);
  // call_service_streams.cpp; `told` is what becomes of the call.
  boost::asio::awaitable<void> serve_events(const HttpRequest& head, const Asked& asked, const Origin& origin,
                                            HttpResponse response, HttpStream& stream, CallRecord& told);
  boost::asio::awaitable<void> serve_grpc(const HttpRequest& head, const Asked& asked, const Origin& origin,
                                          HttpResponse response, HttpStream& bytes, CallRecord& told);
  boost::asio::awaitable<void> serve_follow(const HttpRequest& head, const Origin& origin,
                                            GrpcStream& stream);
  bool is_momentary(const Failure& failure);

  Origin origin_of(const HttpRequest& request) const;
  static CallInfo info_of(const HttpRequest& request, const Origin& origin,
                          std::chrono::steady_clock::time_point deadline);
  HttpResponse refused(const WireFormat& format, Refusal refusal);
  HttpResponse overloaded(const WireFormat& format, const std::string& why);
  // Every answer's request id, and its records.
  void finish(const Asked& asked, const HttpRequest& request, const Origin& origin,
              std::chrono::steady_clock::time_point begin, HttpResponse& response) const;
  void record(const HttpRequest& request, const Origin& origin, const CallRecord& call,
              std::chrono::steady_clock::duration time) const;
  void report(const Origin& origin, const std::exception& error) const;

  Api& api_;
  EventFollow& follow_;
  AuditCalls& audit_;
  Options options_;
  ByteBudget messages_;
  std::atomic<std::uint64_t> refused_{0};
  GrpcHealth health_;
};

}  // namespace usermeta
