#include "http/audit_calls.hpp"

#include "http/gzip.hpp"
#include "http/unserved.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// Below it packing is not worth its header.
constexpr std::size_t kWorthPacking = 1000;

void pack(const HttpRequest& request, HttpResponse& response) {
  response.fields.add("vary", "accept-encoding");
  if (response.body.size() < kWorthPacking || !takes_gzip(request.fields.find("accept-encoding"))) return;
  response.body = gzip(response.body);
  response.fields.add("content-encoding", "gzip");
}

}  // namespace

asio::awaitable<HttpResponse> AuditCalls::checkpoint(const WireFormat& format) {
  auto note = co_await queries_.checkpoint();
  if (!note) co_return write_failure(format, {kNotFound, {}, "there is no checkpoint yet"});
  HttpResponse response;
  response.body = *std::move(note);
  response.fields.add("content-type", "text/plain; charset=utf-8");
  response.fields.add("cache-control", "no-cache");
  co_return response;
}

asio::awaitable<Result<HttpResponse>> AuditCalls::answer(const Asked& asked, const HttpRequest& request,
                                                         const CallInfo& call) {
  if (asked.place == Place::audit_checkpoint) co_return co_await checkpoint(*asked.format);
  const bool entries = asked.place == Place::audit_entries;
  if (entries) {
    const auto permitted = co_await callers_.authorise(call, Permission::events_read);
    if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  }
  auto bytes = co_await queries_.tile(*asked.tile);
  if (!bytes) co_return unknown_path(*asked.format);
  HttpResponse response;
  response.body = *std::move(bytes);
  response.fields.add("content-type", "application/octet-stream");
  // What is there is there for ever as it is.
  response.fields.add("cache-control", entries ? "private, max-age=31536000, immutable"
                                               : "public, max-age=31536000, immutable");
  if (entries) pack(request, response);
  co_return response;
}

}  // namespace usermeta
