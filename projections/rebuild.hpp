#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "events/log.hpp"
#include "projections/rebuild_comparison.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

struct RebuildOptions {
  std::string program;   // its version: what another one has left is not gone on with
  bool fresh = false;    // nor is anything else
  bool dry_run = false;  // build and compare, and drop what was built
  // How many of how many events are done.
  std::function<void(Position done, Position of)> progress = {};
  // What comes next, when it is not reading, or what is to be known: "compares the tables".
  std::function<void(const std::string& what)> step = {};
};

struct Rebuilt {
  Position position = 0;  // that the new table has reached
  // None: the table in use was too far behind the log for it.
  std::optional<RebuildComparison> comparison = {};
  Position behind = 0;                                // how far it was, when there is none
  std::chrono::steady_clock::duration stood_still{};  // the projector, for the switch
};

// Makes the read model of users' metadata anew from the log, in a table beside the one that is read, compares
// the two and has the new one replace the old one in one step, whatever the comparison has found; the service
// may go on all the while. Whatever ends it early leaves the old table as it was, and the next one goes on
// where this one was. With `dry_run` it ends after the comparison and leaves nothing. Throws Outage;
// UnreadableEvent with its position for an event that cannot be applied; std::runtime_error when another
// rebuild is under way. Runs on the pipeline's strand, which is the log's too.
boost::asio::awaitable<Rebuilt> rebuild_user_metadata(PgPipeline& pipeline, Log& log, RebuildOptions options);

}  // namespace usermeta
