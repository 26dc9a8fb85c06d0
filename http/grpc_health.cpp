#include "http/grpc_health.hpp"

#include "grpc/health/v1/health.pb.h"
#include "http/grpc_reflection.hpp"

namespace usermeta {
namespace {

using boost::asio::awaitable;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using Clock = std::chrono::steady_clock;

bool is_known(const HealthCheckRequest& asked) {
  return asked.service().empty() || is_served(asked.service());
}

HealthCheckResponse status_of(const std::string& trouble) {
  HealthCheckResponse answer;
  answer.set_status(trouble.empty() ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
  return answer;
}

}  // namespace

awaitable<HttpResponse> GrpcHealth::check(const WireFormat& format, const HttpRequest& request) {
  HealthCheckRequest asked;
  if (const auto wrong = read_body(format, request, asked)) co_return write_failure(format, *wrong);
  if (!is_known(asked)) co_return write_failure(format, {kNotFound, {}, "there is no such service"});
  const std::string trouble = co_await readiness_();
  co_return write_answer(format, request, status_of(trouble));
}

awaitable<void> GrpcHealth::watch(GrpcStream& stream) {
  HealthCheckRequest asked;
  const auto read = co_await stream.read(asked);
  if (const auto* failure = std::get_if<Failure>(&read)) co_return stream.end(*failure);
  if (!std::get<bool>(read))
    co_return stream.end({kUnimplemented, {}, "the call takes one message, and none came"});
  HealthCheckResponse said;
  if (!is_known(asked)) {
    said.set_status(HealthCheckResponse::SERVICE_UNKNOWN);
    co_await stream.write(said);
    const auto over = co_await stream.pause(GrpcStream::time_point::max());
    co_return stream.end(over.value_or(Failure{kUnavailable, {}, "the server stops"}));
  }
  while (true) {
    const std::string trouble = co_await readiness_();
    const HealthCheckResponse now = status_of(trouble);
    if (now.status() != said.status()) co_await stream.write(now);
    said = now;
    const auto over = co_await stream.pause(Clock::now() + interval_);
    if (!over) continue;
    if (over->code == kUnavailable && said.status() == HealthCheckResponse::SERVING) {
      said.set_status(HealthCheckResponse::NOT_SERVING);
      co_await stream.write(said);
    }
    co_return stream.end(*over);
  }
}

}  // namespace usermeta
