#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>

#include "proof/log_check.hpp"
#include "store/pg_query.hpp"

namespace usermeta {

// Reads events with all that proves them, page by page and one page ahead: while the caller is at a page, the
// next one is on its way. A page's events and what is known of their erasure come from one snapshot.
//
// All on the pipeline's strand, on a session with kByEventIndex. The pipeline must outlive what was begun.
class AuditReader {
 public:
  // From the event after that position up to and including `until`.
  AuditReader(PgPipeline& pipeline, Position after, Position until);

  // The next events, a bounded number and size of them; none: there are no more, or no more in a row. Throws
  // Outage and UnreadableEvent.
  boost::asio::awaitable<std::vector<Evidence>> next();

 private:
  struct Reading {
    Pending<PgRows> events, tiles;
  };
  Reading begin(Position after);

  PgPipeline& pipeline_;
  Position until_;
  Reading reading_;
};

}  // namespace usermeta
