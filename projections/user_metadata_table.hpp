#pragma once

#include "projections/user_metadata_batch.hpp"
#include "store/pg_transaction.hpp"

namespace usermeta {

// The statements that carry a batch out, for one table.
struct UserMetadataTable {
  PgStatement clear_users;
  PgStatement remove;
  PgStatement set;
};

extern const UserMetadataTable kUserMetadata;         // the one that queries read
extern const UserMetadataTable kUserMetadataRebuilt;  // the one that a rebuild fills

// Add the columns of what the batch sets (user, key, value, owner, created, changed, sequence) but for what
// is erased, and of what it removes (user, key): an array each.
void add_set(PgParams& params, const UserMetadataBatch& batch);
void add_removed(PgParams& params, const UserMetadataBatch& batch);

// Sends what the batch does to the table as part of the transaction, without waiting.
void send_batch(PgTransaction& transaction, const UserMetadataTable& table, const UserMetadataBatch& batch);

}  // namespace usermeta
