#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>

#include "projections/user_metadata_batch.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// The read model of users' metadata as a replay makes it, by the read model's own rules: user by user, so
// that what an event finds is near.
class ReplayedReadModel {
 public:
  // Takes in the next event.
  void apply(const Recorded& event, const Event& decoded);

  using Row = std::pair<const UserMetadataBatch::Key, UserMetadataBatch::Row>;
  // All rows, by user and key; valid until the next apply(). Those of erased values are among them.
  std::vector<const Row*> rows() const;

 private:
  std::unordered_map<std::string, UserMetadataBatch> users_;
};

// Compares the table of the users' metadata with those rows, which the log up to its checkpoint has made; the
// first that differs, as a sentence, or nothing. A value that was erased since may be there still or not. In
// a transaction that sees one snapshot, on the pipeline's strand. Throws Outage.
boost::asio::awaitable<std::optional<std::string>> compare_read_model(
    PgPipeline& pipeline, std::vector<const ReplayedReadModel::Row*> replayed);

}  // namespace usermeta
