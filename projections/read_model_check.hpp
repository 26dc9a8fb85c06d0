#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

  struct Key {
    std::string_view user;
    std::string_view key;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Row {
    Key key;
    const UserMetadataBatch::Row* row;
  };
  // All rows, by user and key; valid until the next apply(). Those of erased values are among them.
  std::vector<Row> rows() const;

 private:
  std::unordered_map<std::string, UserMetadataBatch> users_;  // a batch a user, which does not name the user
};

// Compares the table of the users' metadata with those rows, which the log up to its checkpoint has made; the
// first that differs, as a sentence, or nothing. A value that was erased since may be there still or not. In
// a transaction that sees one snapshot, on the pipeline's strand. Throws Outage.
boost::asio::awaitable<std::optional<std::string>> compare_read_model(
    PgPipeline& pipeline, std::vector<ReplayedReadModel::Row> replayed);

}  // namespace usermeta
