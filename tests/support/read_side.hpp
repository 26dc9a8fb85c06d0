#pragma once

#include <string>

#include "projections/user_metadata_projector.hpp"
#include "projections/user_metadata_queries.hpp"
#include "store/entropy.hpp"
#include "support/sql.hpp"
#include "support/threads.hpp"

namespace usermeta {

// What a service process has of the read side, on threads of its own.
class ReadSide {
 public:
  explicit ReadSide(const std::string& conninfo, std::function<void(const std::string&)> on_trouble = {},
                    std::chrono::milliseconds patience = std::chrono::seconds(30))
      : watch_(std::make_shared<CheckpointWatch>(threads_.executor())),
        projector_(threads_.executor(), {conninfo, name_, std::move(on_trouble)}, watch_),
        queries_({threads_.executor()}, {conninfo, name_, 2, patience}, watch_) {}
  ~ReadSide() { stop(); }
  ReadSide(const ReadSide&) = delete;
  ReadSide& operator=(const ReadSide&) = delete;

  UserMetadataProjector& projector() { return projector_; }
  UserMetadataQueries& queries() { return queries_; }
  CheckpointWatch& watch() { return *watch_; }
  Threads& threads() { return threads_; }

  ReadSide& start() {
    projector_.start();
    return *this;
  }
  std::optional<UserMetadataRow> get(const std::string& user, const std::string& key,
                                     const std::string& org) {
    return threads_.run(queries_.get(user, key, org));
  }
  UserMetadataPage list(const UserMetadataListing& listing) { return threads_.run(queries_.list(listing)); }
  void stop() {
    if (std::exchange(stopped_, true)) return;
    threads_.run(projector_.stop());
    queries_.close();
    threads_.join();
  }

 private:
  Threads threads_{2};
  std::string name_ = new_process_name();
  std::shared_ptr<CheckpointWatch> watch_;
  UserMetadataProjector projector_;
  UserMetadataQueries queries_;
  bool stopped_ = false;
};

// The read model as it is, and as the log says that it should be, found out by other means than the
// projector's. (Of values that base64 does not break into lines.)
inline std::string projected(Sql& sql) {
  return sql.value(
      "SELECT coalesce(string_agg(concat_ws(' ', user_id, key, encode(value, 'base64'), owner, created_at,"
      " changed_at, sequence), E'\\n' ORDER BY user_id, key), '') FROM user_metadata");
}
inline std::string replayed(Sql& sql) {
  return sql.value(
      "WITH e AS (SELECT *, payload::json ->> 'key' AS key FROM events WHERE aggregate_type = 'user'),"
      " alive AS (SELECT * FROM e s WHERE type = 'user.metadata.set' AND NOT EXISTS (SELECT 1 FROM e r WHERE"
      "  r.aggregate_id = s.aggregate_id AND r.sequence > s.sequence AND (r.type = 'user.metadata.removed' "
      "AND"
      "  r.key = s.key OR r.type IN ('user.metadata.removed.all', 'user.removed')))),"
      " rows AS (SELECT aggregate_id, key, (array_agg(payload::json ->> 'value' ORDER BY sequence DESC))[1] "
      "AS"
      "  value, owner, min(created_at) AS created, max(created_at) AS changed, max(sequence) AS sequence FROM"
      "  alive GROUP BY aggregate_id, key, owner)"
      " SELECT coalesce(string_agg(concat_ws(' ', aggregate_id, key, value, owner, created, changed, "
      "sequence),"
      " E'\\n' ORDER BY aggregate_id, key), '') FROM rows");
}

inline void until_projected(Sql& sql) {
  sql.until("SELECT p.position = h.position FROM projections p, log_head h", "t");
}

}  // namespace usermeta
