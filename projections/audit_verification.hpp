#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "proof/log_check.hpp"
#include "proof/signed_note.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// What came of a look at a whole log.
struct Verdict {
  std::optional<Difference> difference = {};  // the first; nothing: all is as it was signed
  std::optional<Checkpoint> checkpoint = {};  // up to which it was looked at
  bool entries = true;                        // were looked at, and not their hashes alone
  Position end = 0;                           // of the log; what is behind the checkpoint is not signed yet
  // Where payloads were looked at: events whose values were erased, as the log asks for.
  std::optional<std::int64_t> erased = {};
  std::int64_t unasked = 0;  // of a part of a log: those that an event asks for which is not in it
  // Where there is one: the rows of the read model, which is what the events add up to.
  std::optional<std::int64_t> rows = {};
};

// A note that is not signed by the key that it must be signed by, or is no checkpoint of that log.
class NotSigned : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The checkpoint that a note holds. Throws NotSigned, which says which note it is.
Checkpoint signed_checkpoint(const std::string& note, const VerifierKey& key, const std::string& which);

// Checks all of a database in one snapshot of it: its events against its newest checkpoint, those before and
// the old ones that the caller has, and the read model against the events. Runs on the pipeline's strand,
// which nothing else may use, on a session with kByEventIndex. Throws Outage, NotSigned, and
// std::runtime_error when there is no checkpoint.
boost::asio::awaitable<Verdict> verify_database(PgPipeline& pipeline, VerifierKey key,
                                                std::vector<Checkpoint> old,
                                                std::function<void(Position done, Position of)> progress);

}  // namespace usermeta
