#include "projections/rebuild_catch_up.hpp"

#include <algorithm>

#include "projections/rebuild_progress.hpp"
#include "projections/user_metadata_table.hpp"
#include "store/outage.hpp"
#include "store/read_log.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// The next events up to and including that position: at least one.
asio::awaitable<Page> read_up_to(Log& log, Position after, Position until) {
  Page page = co_await read_log(log, after);
  if (page.events.empty())
    throw Outage("the log ends at position " + std::to_string(after) + ", before its head " +
                 std::to_string(until) + ": the database is damaged");
  std::erase_if(page.events, [until](const Recorded& event) { return event.position > until; });
  co_return page;
}

}  // namespace

UserMetadataBatch fold_page(const Page& page) {
  UserMetadataBatch batch;
  for (const Recorded& event : page.events) {
    try {
      batch.apply(event);
    } catch (const UnreadableEvent& error) {
      throw UnreadableEvent("cannot apply the event at position " + std::to_string(event.position) + ": " +
                            error.what());
    }
  }
  return batch;
}

void apply_page(PgTransaction& transaction, const Page& page) {
  send_batch(transaction, kUserMetadataRebuilt, fold_page(page));
  advance_rebuild_progress(transaction, page.events.back());
}

asio::awaitable<void> catch_up_within(PgTransaction& transaction, Log& log, Position done, Position until) {
  while (done < until) {
    const Page page = co_await read_up_to(log, done, until);
    apply_page(transaction, page);
    done = page.events.back().position;
  }
}

asio::awaitable<std::set<std::string>> users_changed(Log& log, Position after, Position until) {
  std::set<std::string> users;
  while (after < until) {
    const Page page = co_await read_up_to(log, after, until);
    const UserMetadataBatch batch = fold_page(page);
    users.insert(batch.cleared_users().begin(), batch.cleared_users().end());
    for (const auto& [user, key] : batch.removed()) users.insert(user);
    for (const auto& [key, row] : batch.set()) users.insert(key.first);
    after = page.events.back().position;
  }
  co_return users;
}

}  // namespace usermeta
