#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "projections/user_metadata_batch.hpp"
#include "store/pg_pipeline.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {

// What the log does to the read model, written down in the log's order in tables without an index and folded
// by one sort at the end: users come in any order, and to keep an index in order meanwhile takes several
// times as long as all the rest.
//
// Everything on the pipeline's strand; it must outlive the object. Throws Outage.
class RebuildChanges {
 public:
  explicit RebuildChanges(PgPipeline& pipeline) : pipeline_(pipeline) {}

  // Begins with nothing, whatever an earlier rebuild has left. `maker`: see projections/rebuild_progress.
  boost::asio::awaitable<void> create(const std::string& maker);
  // Sent without waiting, so that the next batch can be made while PostgreSQL is at this one.
  void add(const UserMetadataBatch& batch);
  // Commits what was added, in one transaction with the progress: it ends with that event. Does not wait for
  // it, so that PostgreSQL is never without work, but for the one before, and tells where that ended.
  boost::asio::awaitable<std::optional<Position>> keep(const Recorded& last);
  // Waits for the last one that was not waited for, if there is one, and tells where it ended.
  boost::asio::awaitable<std::optional<Position>> settle();
  // Makes the table user_metadata_rebuilt of all that was added, all of it or nothing.
  boost::asio::awaitable<void> fold_into_rebuilt();

 private:
  PgPipeline& pipeline_;
  std::unique_ptr<PgTransaction> adding_ = {};   // what was added and is not kept yet
  std::unique_ptr<PgTransaction> keeping_ = {};  // whose commit is on its way
  Position kept_ = 0;                            // once that is done
};

}  // namespace usermeta
