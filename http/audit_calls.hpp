#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/callers.hpp"
#include "http/message.hpp"
#include "http/routing.hpp"
#include "projections/audit_queries.hpp"

namespace usermeta {

// The transparency log over HTTP, as C2SP's tlog-tiles has it below the prefix /audit:
//
//   /audit/checkpoint                    the newest checkpoint, a signed note
//   /audit/tile/<L>/<N>[.p/<W>]          hashes: open to all, as the checkpoint is
//   /audit/tile/entries/<N>[.p/<W>]      bundles of entries: the permission events.read
//
// Any thread. Throws Outage.
class AuditCalls {
 public:
  AuditCalls(const Callers& callers, AuditQueries& queries) : callers_(callers), queries_(queries) {}

  // `asked` leads to one of these places.
  boost::asio::awaitable<Result<HttpResponse>> answer(const Asked& asked, const HttpRequest& request,
                                                      const CallInfo& call);

 private:
  boost::asio::awaitable<HttpResponse> checkpoint(const WireFormat& format);

  const Callers& callers_;
  AuditQueries& queries_;
};

}  // namespace usermeta
