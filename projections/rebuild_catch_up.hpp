#pragma once

#include <functional>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "events/log.hpp"
#include "projections/user_metadata_batch.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {

// What the page's events do. Throws UnreadableEvent with the position of one that cannot be applied.
UserMetadataBatch fold_page(const Page& page);

// Carries the page out on the table user_metadata_rebuilt as part of the transaction, and the progress with
// it, without waiting. It must have events. Throws the same.
void apply_page(PgTransaction& transaction, const Page& page);

// The same for all pages from `done` to `until`. Throws Outage, too. On the log's strand, which is the
// transaction's.
boost::asio::awaitable<void> catch_up_within(PgTransaction& transaction, Log& log, Position done,
                                             Position until);

// The users whose metadata the events behind `after` change, up to and including `until`. Throws the same.
boost::asio::awaitable<std::set<std::string>> users_changed(Log& log, Position after, Position until);

}  // namespace usermeta
