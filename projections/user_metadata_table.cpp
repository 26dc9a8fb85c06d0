#include "projections/user_metadata_table.hpp"

namespace usermeta {
namespace {

using Texts = std::vector<std::string_view>;

#define USERMETA_CLEAR(table) "DELETE FROM " table " WHERE user_id = ANY ($1::text[])"
#define USERMETA_REMOVE(table)                                  \
  "DELETE FROM " table                                          \
  " t USING unnest($1::text[], $2::text[]) AS r (user_id, key)" \
  " WHERE t.user_id = r.user_id AND t.key = r.key"
#define USERMETA_SET(table)                                                                   \
  "INSERT INTO " table                                                                        \
  " AS t (user_id, key, value, owner, created_at, changed_at, sequence)"                      \
  " SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::bytea[]), unnest($4::text[]),"  \
  " unnest($5::timestamptz[]), unnest($6::timestamptz[]), unnest($7::bigint[])"               \
  " ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value, owner = excluded.owner," \
  " changed_at = excluded.changed_at, sequence = excluded.sequence"

}  // namespace

const UserMetadataTable kUserMetadata{{"clear_users", USERMETA_CLEAR("user_metadata")},
                                      {"remove_keys", USERMETA_REMOVE("user_metadata")},
                                      {"set_keys", USERMETA_SET("user_metadata")}};
const UserMetadataTable kUserMetadataRebuilt{{"rebuild_clear", USERMETA_CLEAR("user_metadata_rebuilt")},
                                             {"rebuild_remove", USERMETA_REMOVE("user_metadata_rebuilt")},
                                             {"rebuild_set", USERMETA_SET("user_metadata_rebuilt")}};

void add_set(PgParams& params, const UserMetadataBatch& batch) {
  Texts users, keys, values, owners;
  std::vector<Time> created, changed;
  std::vector<std::int64_t> sequences;
  for (const auto& [key, row] : batch.set()) {
    if (row.erased) continue;
    users.push_back(key.first);
    keys.push_back(key.second);
    values.push_back(row.value);
    owners.push_back(row.owner);
    created.push_back(row.created_at);
    changed.push_back(row.changed_at);
    sequences.push_back(row.sequence);
  }
  params.texts(users).texts(keys).byteas(values).texts(owners).times(created).times(changed).int8s(sequences);
}

void add_removed(PgParams& params, const UserMetadataBatch& batch) {
  Texts users, keys;
  for (const auto& [user, key] : batch.removed()) {
    users.push_back(user);
    keys.push_back(key);
  }
  params.texts(users).texts(keys);
}

void send_batch(PgTransaction& transaction, const UserMetadataTable& table, const UserMetadataBatch& batch) {
  if (!batch.cleared_users().empty()) {
    const Texts users(batch.cleared_users().begin(), batch.cleared_users().end());
    transaction.run(table.clear_users, PgParams().texts(users));
  }
  if (!batch.removed().empty()) {
    PgParams params;
    add_removed(params, batch);
    transaction.run(table.remove, params);
  }
  if (batch.set().empty()) return;
  PgParams params;
  add_set(params, batch);
  transaction.run(table.set, params);
}

}  // namespace usermeta
