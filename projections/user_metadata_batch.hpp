#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "events/log.hpp"

namespace usermeta {

// What a run of events does to the read model of users' metadata: several changes of one key become one.
class UserMetadataBatch {
 public:
  struct Row {
    std::string value;
    std::string owner;
    Time created_at{};  // of the first set since the key's last removal, as far as this batch knows
    Time changed_at{};
    Sequence sequence = 0;
    bool erased = false;  // the value was, later: no table has such a row
  };
  using Key = std::pair<std::string, std::string>;  // user id, key

  // Takes in the next event. Throws UnreadableEvent; the batch is then as it was.
  void apply(const Recorded& event);
  // The same for one that was decoded, which cannot fail.
  void apply(const Recorded& event, const Event& decoded);
  // And for one that was just appended.
  void apply(const NewEvent& event, Position position, Time created_at);
  // What all of them do with an event, but for its position. Of a batch of one user any id will do.
  void apply(const Event& event, const std::string& user_id, const std::string& owner, Time created_at,
             Sequence sequence);

  // To be carried out in this order: all rows of these users go, these rows go, these come or change.
  const std::vector<std::string>& cleared_users() const { return cleared_users_; }
  const std::vector<Key>& removed() const { return removed_; }
  const std::map<Key, Row>& set() const { return set_; }
  Position position() const { return position_; }
  // For whoever begins with no rows: nothing of what went is needed.
  void forget_what_went();
  bool empty() const { return cleared_users_.empty() && removed_.empty() && set_.empty(); }

 private:
  void remove(const std::string& user_id, const std::string& key);
  void clear(const std::string& user_id);

  std::vector<std::string> cleared_users_;
  std::vector<Key> removed_;
  std::map<Key, Row> set_;
  Position position_ = 0;
};

}  // namespace usermeta
