#pragma once

#include <boost/asio/awaitable.hpp>

#include "projections/user_metadata_batch.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// The statements that carry a batch out, for one table.
struct UserMetadataTable {
  PgStatement clear_users;
  PgStatement remove;
  PgStatement set;
};

extern const UserMetadataTable kUserMetadata;         // the one that queries read
extern const UserMetadataTable kUserMetadataRebuilt;  // the one that a rebuild fills

// Sends what the batch does to the table, without waiting: the statements belong to the transaction that is
// open on that connection. Called on the pipeline's strand; a failure shows at the transaction's end (see
// Transaction).
void send_batch(PgPipeline& pipeline, const UserMetadataTable& table, const UserMetadataBatch& batch,
                const PgPipeline::Done& done);

// Begins a transaction, lets `send` send its statements and commits, all in one go. Throws Outage when any of
// them failed: then nothing was committed, or it is not known (the connection is given up in either case).
// Called on the pipeline's strand.
boost::asio::awaitable<void> transact(PgPipeline& pipeline,
                                      std::function<void(const PgPipeline::Done& done)> send);

}  // namespace usermeta
